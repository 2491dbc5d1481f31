using System.Globalization;
using System.Text.Json.Serialization;

namespace Souk.Notifications;

/// <summary>
/// Writes a mail for each event of an order that its customer is told of. Read again, an event writes nothing more; one
/// that cannot be understood is put aside by the feed.
/// </summary>
/// <param name="shop">Where a customer finds the store.</param>
sealed class WriteMails(Uri shop)
{
    public void Subscribe(Subscription feed) => feed
        .On("OrderConfirmed", OrderingJson.Default.OrderConfirmed, (tx, e) => QueueAsync(tx, e, e.Data, Confirmed(e.Data)))
        .On("OrderShipped", OrderingJson.Default.OrderShipped, (tx, e) => QueueAsync(tx, e, e.Data, Shipped(e.Data)))
        .On("OrderRefunded", OrderingJson.Default.OrderRefunded, (tx, e) => QueueAsync(tx, e, e.Data, Refunded(e.Data)))
        .On("OrderCancelled", OrderingJson.Default.OrderCancelled, (tx, e) => QueueAsync(tx, e, e.Data, Cancelled(e.Data)));

    static Task QueueAsync<T>(Transaction tx, Event<T> e, IOrderEvent data, Letter letter) => MailStore.QueueAsync(tx, new Mail(
        e.Id, data.OrderId, e.Type, OneLine.Of(data.Email), OneLine.Of(data.Name), letter.Write(), e.Time, Attempts: 0));

    Letter Confirmed(OrderConfirmed order)
    {
        var to = order.Address;
        return new Letter(
            $"Order {order.Number} is confirmed", order.Name, $"Thank you for your order {order.Number}. We are packing it now.",
            [
                .. order.Lines.Select(line => new Letter.Row(NameOf(line), line.LineTotal.ToString())),
                new("Shipping", order.Shipping.ToString()),
                new("Total", order.Total.ToString(), IsTotal: true),
                new("Tax within", order.Tax.ToString()),
            ],
            [
                .. new[] { "It goes to:", to.Name, to.Line1, to.Line2, $"{to.PostalCode} {to.City}", to.Region, to.Country }
                    .OfType<string>().Where(line => line.Length > 0),
            ],
            PageOf(order));
    }

    Letter Shipped(OrderShipped order) => new(
        $"Order {order.Number} is on its way", order.Name, $"Your order {order.Number} is with the carrier.",
        [.. order.Parcels.Select(parcel => new Letter.Row("Parcel " + Words(parcel.No), parcel.Tracking))],
        ["The numbers are those by which the parcels are tracked; your order's page follows them for you."], PageOf(order));

    Letter Refunded(OrderRefunded order) => new(
        $"Refund for order {order.Number}", order.Name, $"We have sent money back for your order {order.Number}.",
        [new("Refunded", order.Amount.ToString(), IsTotal: true), new("Reason", order.Reason)],
        ["It goes back the way it came; your bank may take a few days to show it."], PageOf(order));

    Letter Cancelled(OrderCancelled order) => new(
        $"Order {order.Number} is cancelled", order.Name, $"Your order {order.Number} is cancelled. Nothing was charged.",
        [], [Why(order.Reason)], PageOf(order));

    // The first word of Ordering's reason is for programs; the rest, such as SKUs or a bank's code, is not for customers.
    static string Why(string reason) => reason.Split(':')[0] switch
    {
        "out_of_stock" => "Some of what you ordered is no longer in stock. Your cart is as you left it.",
        "payment" => "The payment was declined. Your cart is as you left it.",
        "customer_absent" => "The payment was not completed in time. Your cart is as you left it.",
        _ => "If you did not ask for this, please order again: your cart is as you left it.",
    };

    static string NameOf(OrderConfirmed.Line line) =>
        $"{Words(line.Quantity)} × {line.Title}" + (line.VariantTitle.Length == 0 ? "" : ", " + line.VariantTitle);

    static string Words(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A page of this store, whatever the event says.</summary>
    Uri PageOf(IOrderEvent order) =>
        order.OrderUrl.StartsWith('/')
            ? new Uri(shop.AbsoluteUri.TrimEnd('/') + order.OrderUrl)
            : throw new FormatException($"'{order.OrderUrl}' is no page of this store.");
}

/// <summary>What all events of an order say.</summary>
interface IOrderEvent
{
    string OrderId { get; }

    string Number { get; }

    string Email { get; }

    string Name { get; }

    string OrderUrl { get; }
}

/// <summary>Ordering's event: the order will be sent.</summary>
sealed record OrderConfirmed(
    string OrderId, string Number, string Email, string Name, IReadOnlyList<OrderConfirmed.Line> Lines,
    Money Shipping, Money Tax, Money Total, OrderConfirmed.Destination Address, string OrderUrl) : IOrderEvent
{
    public sealed record Line(string Title, string VariantTitle, int Quantity, Money LineTotal);

    public sealed record Destination(
        string Name, string Line1, string City, string PostalCode, string Country, string? Line2 = null, string? Region = null);
}

/// <summary>Ordering's event: the carrier has the first parcel.</summary>
sealed record OrderShipped(
    string OrderId, string Number, string Email, string Name, IReadOnlyList<OrderShipped.Parcel> Parcels, string OrderUrl) : IOrderEvent
{
    public sealed record Parcel(int No, string Tracking);
}

/// <summary>Ordering's event: money has gone back.</summary>
sealed record OrderRefunded(
    string OrderId, string Number, string Email, string Name, Money Amount, string Reason, string OrderUrl) : IOrderEvent;

/// <summary>Ordering's event: the order ended without a sale.</summary>
sealed record OrderCancelled(
    string OrderId, string Number, string Email, string Name, string Reason, string OrderUrl) : IOrderEvent;

/// <summary>Strict where it matters: an event without an address is put aside, not sent to nobody.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OrderConfirmed))]
[JsonSerializable(typeof(OrderShipped))]
[JsonSerializable(typeof(OrderRefunded))]
[JsonSerializable(typeof(OrderCancelled))]
sealed partial class OrderingJson : JsonSerializerContext;
