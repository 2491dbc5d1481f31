namespace Souk.Inventory.Reservations;

/// <summary>So many of a SKU.</summary>
sealed record Pieces(string Sku, long Quantity)
{
    public const int LinesMax = 100;

    /// <summary>Whether these are lines of an order: some, not too many, each SKU once.</summary>
    public static bool AreLines(IReadOnlyList<Pieces?>? lines) =>
        lines is { Count: > 0 and <= LinesMax }
        && lines.All(line => line is { Quantity: > 0 and <= Stock.OnHandMax } && Souk.Inventory.Sku.IsValid(line.Sku))
        && lines.DistinctBy(line => line!.Sku).Count() == lines.Count;
}
