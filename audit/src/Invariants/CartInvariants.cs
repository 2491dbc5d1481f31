using System.Text.Json;

namespace Souk.Auditing.Invariants;

/// <summary>What is left in a cart that was bought.</summary>
static class CartInvariants
{
    /// <summary>
    /// I10: holds what each checkout took out of its cart against the order's lines, and looks whether the cart still has a
    /// line as it was bought. Of a cart that nobody has changed since, all that was ordered must have gone, by its record as well.
    /// </summary>
    public static async Task CartLosesWhatWasOrderedAsync(Snapshot store, Look look)
    {
        var checkouts = (await store.Cart.QueryAsync("SELECT order_id, cart_id, cart_version, removed FROM checkout",
            row => new Checkout(row.Text(0), row.Text(1), row.Long(2), row.Text(3)))).ToDictionary(one => one.Order, StringComparer.Ordinal);
        var lines = (await store.Cart.QueryAsync("SELECT cart_id, sku, changed_version FROM line",
            row => (Cart: row.Text(0), Sku: row.Text(1), Version: row.Long(2)))).ToLookup(line => line.Cart, StringComparer.Ordinal);
        var versions = (await store.Cart.QueryAsync("SELECT id, version FROM cart", row => (Cart: row.Text(0), Version: row.Long(1))))
            .ToDictionary(cart => cart.Cart, cart => cart.Version, StringComparer.Ordinal);
        var orders = await store.OnceAsync(Orders.ReadAsync);
        look.Saw(checkouts.Count, "checkouts");

        foreach (var checkout in checkouts.Values)
        {
            if (orders.Find(checkout.Order) is not { } order)
            {
                look.Against(checkout.Order, "is no order and took lines out of a cart");
                continue;
            }
            look.Require(order.IsConfirmed, order.Id, $"is {order.State} and took lines out of its cart");
            look.Require(checkout.Cart == order.CartId && checkout.Version == order.CartVersion, order.Id, "took lines out of another cart");
            var took = checkout.Removed.ToList();
            // The checkout itself is a change, where it takes anything.
            var isUntouched = versions.TryGetValue(order.CartId, out var version) && version == order.CartVersion + (took.Count > 0 ? 1 : 0);
            var isAll = took.Count == order.Agreed.Pieces.Count && took.All(line => line.Quantity == order.Agreed.Pieces.GetValueOrDefault(line.Sku));
            look.Require(!isUntouched || isAll, order.Id, $"nobody has touched its cart since, and it took [{string.Join(", ", took.Select(line => $"{line.Quantity} {line.Sku}"))}] out of it");
            foreach (var (sku, removed, left) in took)
            {
                look.Saw(1, "lines taken out");
                var ordered = order.Agreed.Pieces.GetValueOrDefault(sku);
                look.Require(0 < removed && removed <= ordered && left >= 0, order.Id, $"{removed} of {sku} left its cart, {ordered} were ordered");
            }
        }
        foreach (var order in orders.All.Where(order => order.State == "Completed"))
        {
            look.Saw(1, "completed orders");
            look.Require(checkouts.ContainsKey(order.Id), order.Id, "is completed and never left its cart");
            foreach (var line in lines[order.CartId].Where(line => line.Version <= order.CartVersion && order.Agreed.Pieces.ContainsKey(line.Sku)))
            {
                look.Against(order.Id, $"is completed, {line.Sku} is in its cart as it was");
            }
        }
    }

    /// <summary>What was taken out of a cart for an order.</summary>
    sealed record Checkout(string Order, string Cart, long Version, string RemovedJson)
    {
        public IEnumerable<(string Sku, long Quantity, long Left)> Removed
        {
            get
            {
                using var json = JsonDocument.Parse(RemovedJson);
                return [.. json.RootElement.EnumerateArray().Select(line => (
                    line.GetProperty("sku").GetString()!, line.GetProperty("quantity").GetInt64(), line.GetProperty("left").GetInt64()))];
            }
        }
    }
}
