namespace Souk.Ordering;

/// <summary>The pivot has been passed: the order will be paid and sent.</summary>
sealed record OrderConfirmed(
    string OrderId, string Number, string Email, string Name, IReadOnlyList<OrderConfirmed.Line> Lines,
    Money ItemsTotal, Money Shipping, Money Tax, Money Total, Address Address, string OrderUrl)
{
    public sealed record Line(string Title, string VariantTitle, int Quantity, Money LineTotal);

    public static OrderConfirmed Of(Order order) => new(
        order.Id, order.Number, order.Agreed.Email, order.Agreed.ShippingAddress.Name,
        [.. order.Agreed.Lines.Select(line => new Line(line.Title, line.VariantTitle, line.Quantity, line.LineTotal))],
        order.Agreed.ItemsTotal, order.Agreed.Shipping, order.Agreed.Tax, order.Agreed.Total, order.Agreed.ShippingAddress, Url(order));

    public static string Url(Order order) => "/order/" + order.Id;
}

/// <summary>The carrier has its first parcel.</summary>
sealed record OrderShipped(
    string OrderId, string Number, string Email, string Name, IReadOnlyList<OrderShipped.Sent> Parcels, string OrderUrl)
{
    public sealed record Sent(int No, string Tracking);

    public static OrderShipped Of(Order order) => new(
        order.Id, order.Number, order.Agreed.Email, order.Agreed.ShippingAddress.Name,
        [.. order.Shipment!.Parcels.Select(parcel => new Sent(parcel.No, parcel.Tracking))], OrderConfirmed.Url(order));
}

/// <summary>Money has gone back.</summary>
sealed record OrderRefunded(
    string OrderId, string Number, string Email, string Name, Money Amount, string Reason, string OrderUrl)
{
    public static OrderRefunded Of(Order order, long amount, string reason) => new(
        order.Id, order.Number, order.Agreed.Email, order.Agreed.ShippingAddress.Name,
        new Money(amount, order.Agreed.Total.Currency), reason, OrderConfirmed.Url(order));
}

/// <summary>The order ended without a sale, after its payment had been reached: nothing was charged.</summary>
sealed record OrderCancelled(string OrderId, string Number, string Email, string Name, string Reason, string OrderUrl)
{
    public static OrderCancelled Of(Order order) => new(
        order.Id, order.Number, order.Agreed.Email, order.Agreed.ShippingAddress.Name, order.Reason ?? order.Ending ?? "cancelled",
        OrderConfirmed.Url(order));
}
