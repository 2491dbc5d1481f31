namespace Souk.Ordering;

/// <summary>Money that goes back to a customer, and pieces that go back on the shelf. Its progress is its saga's state.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Order">The order that it takes back, or a part of.</param>
/// <param name="Reason">Why; the customer reads it.</param>
/// <param name="RequestedBy">The subject of whoever of staff asked for it, a service that did, or <c>ordering</c>.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="IsReversal">The payment was definitely refused after the pivot: nothing was charged, all is taken back.</param>
/// <param name="StopsShipment">Nothing is left that should be sent.</param>
/// <param name="IsLast">With it, all that was paid has gone back.</param>
/// <param name="Parts">Each with a key of its own at the payment provider.</param>
sealed record Refund(
    string Id, Order Order, string Reason, string RequestedBy, DateTimeOffset RequestedAt, bool IsReversal, bool StopsShipment,
    bool IsLast, IReadOnlyList<RefundPart> Parts)
{
    const int ReasonMax = 500;

    public long Amount => Parts.Sum(part => part.Amount);

    public long Back => Parts.Where(part => part.IsBack).Sum(part => part.Amount);

    /// <summary>What goes back on the shelf.</summary>
    public IReadOnlyList<Pieces> Pieces =>
        [.. Parts.Where(part => part.Sku is not null && part.Quantity > 0).Select(part => new Pieces(part.Sku!, part.Quantity))];

    /// <summary>Whether a text says why: of a refund, or of an operator's command.</summary>
    public static bool IsReason(string? text) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= ReasonMax && !text.Contains('\0', StringComparison.Ordinal);

    /// <summary>The reversal of an order whose payment was refused after the pivot; there is one for an order at most.</summary>
    public static Refund Reversal(Order order, string reason, DateTimeOffset now) => new(
        order.Id + "-reversal", order, reason, "ordering", now, IsReversal: true, StopsShipment: true, IsLast: true, []);

    /// <summary>Decides what a request takes back, given all that went back before; or says why it does not.</summary>
    public static (Refund? Refund, Refusal? Refusal) Of(
        string id, Order order, IReadOnlyList<RefundPart> before, RefundRequest request, string by, DateTimeOffset now)
    {
        var lines = order.Agreed.Lines;
        int PiecesLeft(int line) => lines[line].Quantity - before.Where(part => part.Line == LineOf(line)).Sum(part => part.Quantity);
        int NextOf(string line) => before.Count(part => part.Line == line) + 1;
        var shipping = before.Any(part => part.Line == ShippingLine) ? 0 : order.Agreed.Shipping.Amount;
        var left = order.Total - before.Sum(part => part.Amount);
        var parts = new List<RefundPart>();

        void Add(string line, string? sku, int quantity, long amount) =>
            parts.Add(new RefundPart(line, NextOf(line), sku, quantity, amount, RefundPart.Open));

        if (request.Lines is { Count: > 0 } asked)
        {
            foreach (var (sku, quantity) in asked)
            {
                var line = lines.ToList().FindIndex(known => known.Sku == sku);
                if (line < 0 || quantity > PiecesLeft(line)) return (null, OrderRefusals.RefundTooMuch);
                Add(LineOf(line), sku, quantity, lines[line].UnitPrice.Amount * quantity);
            }
        }
        if (request.Amount is { } amount) Add(AmountLine, null, 0, amount);
        if (request.Shipping == true)
        {
            if (shipping == 0) return (null, OrderRefusals.RefundTooMuch);
            Add(ShippingLine, null, 0, shipping);
        }
        if (parts.Count == 0)
        {
            // Nothing named: all that is left, of which good will may have given back some already.
            var rest = left;
            for (var line = 0; line < lines.Count; line++)
            {
                if (PiecesLeft(line) is > 0 and var pieces) Add(LineOf(line), lines[line].Sku, pieces, Take(lines[line].UnitPrice.Amount * pieces));
            }
            if (Take(shipping) is > 0 and var sent) Add(ShippingLine, null, 0, sent);
            if (rest > 0) Add(AmountLine, null, 0, rest);
            if (parts.Count == 0) return (null, OrderRefusals.RefundTooMuch);

            long Take(long wanted)
            {
                var taken = Math.Min(wanted, rest);
                rest -= taken;
                return taken;
            }
        }

        var sum = parts.Sum(part => part.Amount);
        if (sum > left) return (null, OrderRefusals.RefundTooMuch);
        var isAll = Enumerable.Range(0, lines.Count).All(line =>
            PiecesLeft(line) == parts.Where(part => part.Line == LineOf(line)).Sum(part => part.Quantity));
        return (new Refund(id, order, request.Reason!, by, now, IsReversal: false, isAll, sum == left, parts), null);
    }

    const string ShippingLine = "shipping";
    const string AmountLine = "amount";

    /// <summary>Lines are counted from 1: a SKU may be any text, and a key may not.</summary>
    static string LineOf(int line) => (line + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The k-th refund of a line of an order; the lines <c>shipping</c> and <c>amount</c> are no pieces.</summary>
sealed record RefundPart(string Line, int K, string? Sku, int Quantity, long Amount, string State)
{
    public const string Open = "open";
    public const string Refunded = "refunded";
    public const string Refused = "refused";

    /// <summary>Under which Payment knows it: asked again, it is the same refund.</summary>
    public string Key => $"{Line}-{K}";

    public bool IsBack => State == Refunded;
}
