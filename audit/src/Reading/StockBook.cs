namespace Souk.Auditing.Reading;

/// <summary>Inventory: each SKU with its audit, each reservation with its lines.</summary>
sealed class StockBook
{
    public Dictionary<string, SkuFacts> Skus { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, ReservationFacts> Reservations { get; } = new(StringComparer.Ordinal);

    /// <summary>What came back, by the key of the restock.</summary>
    public Dictionary<string, RestockFacts> Restocks { get; } = new(StringComparer.Ordinal);

    public static async Task<StockBook> ReadAsync(Snapshot store)
    {
        var book = new StockBook();
        foreach (var sku in await store.Inventory.QueryAsync("SELECT sku, on_hand, reserved, version FROM stock",
            row => new SkuFacts(row.Text(0), row.Long(1), row.Long(2), row.Long(3))))
        {
            book.Skus.Add(sku.Sku, sku);
        }
        foreach (var (sku, change) in await store.Inventory.QueryAsync(
            "SELECT sku, version, kind, on_hand_before, on_hand_after FROM stock_audit ORDER BY sku, version",
            row => (row.Text(0), new StockChange(row.Long(1), row.Text(2), row.Long(3), row.Long(4)))))
        {
            book.Skus[sku].Audit.Add(change);
        }
        foreach (var (order, state) in await store.Inventory.QueryAsync("SELECT order_id, state FROM reservation",
            row => (row.Text(0), row.Text(1))))
        {
            book.Reservations.Add(order, new ReservationFacts(order, state));
        }
        foreach (var (order, sku, quantity) in await store.Inventory.QueryAsync("SELECT order_id, sku, quantity FROM reservation_line",
            row => (row.Text(0), row.Text(1), row.Long(2))))
        {
            var reservation = book.Reservations[order];
            reservation.Pieces.Add(sku, quantity);
            book.Skus[sku].Add(reservation.State, quantity);
        }
        foreach (var (key, order) in await store.Inventory.QueryAsync("SELECT key, order_id FROM restock", row => (row.Text(0), row.Text(1))))
        {
            book.Restocks.Add(key, new RestockFacts(key, order));
        }
        foreach (var (key, sku, quantity) in await store.Inventory.QueryAsync("SELECT key, sku, quantity FROM restock_line",
            row => (row.Text(0), row.Text(1), row.Long(2))))
        {
            book.Restocks[key].Pieces.Add(sku, quantity);
            book.Skus[sku].Restocked += quantity;
        }
        return book;
    }
}

/// <summary>A SKU.</summary>
sealed record SkuFacts(string Sku, long OnHand, long Reserved, long Version)
{
    readonly Dictionary<string, long> _byState = new(StringComparer.Ordinal);

    /// <summary>Every change of what is on hand, in order.</summary>
    public List<StockChange> Audit { get; } = [];

    /// <summary>Pieces that came back, by the restocks.</summary>
    public long Restocked { get; set; }

    /// <summary>What it was opened with, receipts, and what counting corrected.</summary>
    public long Supplied => Audit.Where(change => change.Kind is not ("sale" or "restock")).Sum(change => change.After - change.Before);

    /// <summary>Pieces in the reservations of a state.</summary>
    public long Of(string state) => _byState.GetValueOrDefault(state);

    public void Add(string state, long quantity) => _byState[state] = Of(state) + quantity;
}

/// <summary>A change of what is on hand: <c>opening</c>, <c>receipt</c>, <c>correction</c>, <c>sale</c> or <c>restock</c>.</summary>
sealed record StockChange(long Version, string Kind, long Before, long After);

/// <summary>A reservation.</summary>
sealed record ReservationFacts(string Order, string State)
{
    public Dictionary<string, long> Pieces { get; } = new(StringComparer.Ordinal);
}

/// <summary>What came back of an order.</summary>
sealed record RestockFacts(string Key, string Order)
{
    public Dictionary<string, long> Pieces { get; } = new(StringComparer.Ordinal);
}
