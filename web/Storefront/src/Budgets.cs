namespace Souk.Storefront;

/// <summary>
/// How long a page waits for each service. Parts are asked for side by side, and never more than two in a row, so a
/// page is there within a second whatever a service does. Setting: <c>Storefront:Budgets:Catalog</c> and so on.
/// </summary>
public sealed record Budgets
{
    public TimeSpan Catalog { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan Inventory { get; init; } = TimeSpan.FromMilliseconds(300);

    public TimeSpan Cart { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>A whole change of a cart: to read it, to write it, and to do both again where another tab was quicker.</summary>
    public TimeSpan CartChange { get; init; } = TimeSpan.FromMilliseconds(800);

    public TimeSpan Quote { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan Order { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>To place, pay or cancel an order. Long, because giving up leaves a shopper not knowing; it changes nothing about the order.</summary>
    public TimeSpan OrderChange { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>For the address of the provider's page, which Payment may have to ask for elsewhere.</summary>
    public TimeSpan Payment { get; init; } = TimeSpan.FromSeconds(3);
}
