namespace Souk.BackOffice;

/// <summary>What the back office asks of Ordering.</summary>
public interface IOrdering
{
    Task<Answer<OrderList>> ListAsync(OrderQuery query, CancellationToken cancellation);

    /// <summary>Orders and refunds that wait for somebody, those that wait longest first.</summary>
    Task<Answer<AttentionList>> AttentionAsync(CancellationToken cancellation);

    Task<Answer<StaffOrder>> OrderAsync(string id, CancellationToken cancellation);

    /// <summary>Gives money back; the same key is the same refund, however often it is sent.</summary>
    Task<Answer<Refund>> RefundAsync(string id, RefundRequest request, string key, CancellationToken cancellation);

    Task<Answer<Order>> CancelAsync(string id, string reason, CancellationToken cancellation);
}

/// <summary>Which orders; what is not given narrows nothing.</summary>
public sealed record OrderQuery(string? State = null, string? Email = null, string? Customer = null, DateOnly? Since = null, string? After = null)
{
    /// <summary>As an address's query says it.</summary>
    public IEnumerable<(string, string?)> Fields =>
        [("state", State), ("email", Email), ("customer", Customer), ("since", Since?.ToString("yyyy-MM-dd", null)), ("after", After)];
}

public sealed record OrderList(IReadOnlyList<OrderEntry> Items, string? Next);

public sealed record OrderEntry(
    string Id, string Number, string Email, string Name, string State, string Outcome, string PaymentState, Money Total, Money Refunded, DateTimeOffset PlacedAt);

public sealed record AttentionList(IReadOnlyList<AttentionEntry> Items);

public sealed record AttentionEntry(string Saga, string OrderId, string State, DateTimeOffset Since, string? Note);

/// <summary>An order, whose it is, and what staff did about it.</summary>
public sealed record StaffOrder(string? Customer, Order Order, IReadOnlyList<StaffAction> Actions);

public sealed record StaffAction(string What, string By, string Was, string Became, string? Reason, DateTimeOffset At);

public sealed record Order
{
    public required string Id { get; init; }
    public required string Number { get; init; }
    public required string State { get; init; }
    public string Outcome { get; init; } = "";
    public string? Reason { get; init; }
    public string Email { get; init; } = "";
    public Address ShippingAddress { get; init; } = new();
    public IReadOnlyList<OrderLine> Lines { get; init; } = [];
    public ShippingOption? ShippingOption { get; init; }
    public required Money ItemsTotal { get; init; }
    public required Money Shipping { get; init; }
    public required Money Tax { get; init; }
    public required Money Total { get; init; }
    public required Money Refunded { get; init; }
    public required OrderPayment Payment { get; init; }
    public Shipment? Shipment { get; init; }
    public IReadOnlyList<OrderMove> History { get; init; } = [];
    public IReadOnlyList<Refund> Refunds { get; init; } = [];
    public bool CanCancel { get; init; }
    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>What has been paid, and nobody has asked back.</summary>
    public long Left => Total.Amount - Refunds.SelectMany(refund => refund.Parts).Where(part => part.State != "refused").Sum(part => part.Amount.Amount);

    public bool CanRefund => State == "Completed" && Left > 0;

    public bool IsShippingLeft => Shipping.Amount > 0 && !Refunds.Any(refund => refund.Parts.Any(part => part.Line == "shipping"));

    /// <summary>Pieces of a line that nobody has asked back; lines are counted from 1.</summary>
    public int PiecesLeft(int line) => Lines[line - 1].Quantity
        - Refunds.SelectMany(refund => refund.Parts).Where(part => part.Line == line.ToString(System.Globalization.CultureInfo.InvariantCulture)).Sum(part => part.Quantity);
}

public sealed record OrderLine(string Sku, string Title, string? VariantTitle, string ProductHandle, int Quantity, Money UnitPrice, Money LineTotal);

public sealed record Address(
    string Name = "", string Line1 = "", string? Line2 = null, string City = "", string PostalCode = "", string? Region = null, string Country = "", string? Phone = null);

public sealed record ShippingOption(string Name);

public sealed record OrderPayment(string State, int Attempt, string? Reason);

public sealed record Shipment(string State, IReadOnlyList<Parcel>? Parcels);

public sealed record Parcel(int No, string Tracking, string State);

public sealed record OrderMove(long Seq, string State, DateTimeOffset At);

public sealed record Refund(string Id, string State, Money Amount, Money Refunded, string Reason, DateTimeOffset RequestedAt, IReadOnlyList<RefundPart> Parts);

public sealed record RefundPart(string Line, string? Sku, int Quantity, Money Amount, string State);

/// <summary>Pieces of lines, an amount in minor units, the shipping; nothing of these: all that is left.</summary>
public sealed record RefundRequest(IReadOnlyList<Pieces>? Lines, long? Amount, bool? Shipping, string Reason);

public sealed record Pieces(string Sku, int Quantity);

public sealed record ReasonRequest(string Reason);

/// <summary>Asks Ordering over HTTP.</summary>
sealed class OrderingClient(HttpClient http) : IOrdering
{
    const string Staff = "/api/ordering/staff/";

    public Task<Answer<OrderList>> ListAsync(OrderQuery query, CancellationToken cancellation)
    {
        // A day begins at midnight, UTC: what is shown is UTC, too.
        var fields = query.Fields.Where(field => field.Item1 != "since").Append(("since", query.Since is { } day ? $"{day:yyyy-MM-dd}T00:00:00Z" : null));
        return Wire.GetAsync(http, Wire.Query(Staff + "orders", fields), Wire.Default.OrderList, cancellation);
    }

    public Task<Answer<AttentionList>> AttentionAsync(CancellationToken cancellation) =>
        Wire.GetAsync(http, Staff + "sagas?state=NeedsAttention", Wire.Default.AttentionList, cancellation);

    public Task<Answer<StaffOrder>> OrderAsync(string id, CancellationToken cancellation) =>
        Wire.GetAsync(http, At(id), Wire.Default.StaffOrder, cancellation);

    public Task<Answer<Refund>> RefundAsync(string id, RefundRequest request, string key, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Post, At(id) + "/refunds", JsonContent.Create(request, Wire.Default.RefundRequest), Wire.Default.Refund, cancellation, key);

    public Task<Answer<Order>> CancelAsync(string id, string reason, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Post, At(id) + "/cancel", JsonContent.Create(new ReasonRequest(reason), Wire.Default.ReasonRequest), Wire.Default.Order, cancellation);

    static string At(string id) => Staff + "orders/" + Uri.EscapeDataString(id);
}
