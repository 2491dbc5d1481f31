using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Souk.Auditing.Invariants;

/// <summary>What Ordering's own database must say.</summary>
static class OrderInvariants
{
    /// <summary>How long Ordering keeps answers: an older order may have lost its key.</summary>
    static readonly TimeSpan KeysKept = TimeSpan.FromDays(29);

    const string PlacePath = " /api/ordering/orders ";

    /// <summary>I1: looks at the keys that were taken for orders, and at the cart versions that were bought.</summary>
    public static async Task OncePerKeyAsync(Snapshot store, Look look)
    {
        var orders = await store.OnceAsync(Orders.ReadAsync);
        // A refusal is kept under its key too; it may name the order that it gave way to.
        var keys = await store.Ordering.QueryAsync(
            "SELECT caller, idempotency_key, location FROM answered_request WHERE location IS NOT NULL AND (status IS NULL OR status < 300)",
            row => (Caller: row.Text(0), Key: row.Text(1), Order: OrderOf(row.Text(2))));
        var placed = keys.Where(key => (key.Caller + " ").Contains(PlacePath, StringComparison.Ordinal))
            .ToLookup(key => key.Order, StringComparer.Ordinal);
        look.Saw(orders.All.Count, "orders");
        look.Saw(keys.Count, "keys");

        var keptSince = store.Options.Clock.GetUtcNow() - KeysKept;
        foreach (var order in orders.All)
        {
            var count = placed[order.Id].Count();
            look.Require(count <= 1, order.Id, $"was placed under {count} keys");
            look.Require(count > 0 || order.PlacedAt < keptSince, order.Id, "was placed under no key");
        }
        foreach (var key in placed.Where(group => orders.Find(group.Key) is null))
        {
            look.Against(key.Key, "a key was taken for an order that does not exist");
        }
        foreach (var cart in orders.All.Where(order => order.IsConfirmed).GroupBy(order => (order.CartId, order.CartVersion)))
        {
            foreach (var again in cart.Skip(1)) look.Against(again.Id, $"bought cart {cart.Key.CartId} at version {cart.Key.CartVersion} again");
        }
    }

    /// <summary>I9: adds up each order's snapshot, and hashes it as the quote that was accepted.</summary>
    public static async Task TotalIsTheQuoteAsync(Snapshot store, Look look)
    {
        var orders = (await store.OnceAsync(Orders.ReadAsync)).All;
        look.Saw(orders.Count, "orders");
        look.Saw(orders.Sum(order => order.Agreed.Lines.Count), "lines");
        foreach (var order in orders)
        {
            var agreed = order.Agreed;
            look.Require(agreed.Lines.Count > 0, order.Id, "has no lines");
            look.Require(agreed.Lines.All(line => line.Quantity > 0 && line.UnitPrice >= 0 && line.LineTotal == line.Quantity * line.UnitPrice),
                order.Id, "a line is not quantity × price");
            look.Require(agreed.ItemsTotal == agreed.Lines.Sum(line => line.LineTotal), order.Id, "the items are not the sum of the lines");
            look.Require(agreed.Shipping == agreed.OptionPrice, order.Id, "shipping is not the price of the option");
            // Prices include the tax: it is shown, not added.
            look.Require(agreed.Total == agreed.ItemsTotal + agreed.Shipping, order.Id, "the total is not items + shipping");
            look.Require(0 <= agreed.Tax && agreed.Tax <= agreed.Total, order.Id, "the tax is not within the total");
            look.Require(order.Total == agreed.Total, order.Id, $"charges {order.Total}, agreed were {agreed.Total}");
            look.Require(order.CartId == agreed.CartId && order.CartVersion == agreed.CartVersion, order.Id, "is not of the cart that was quoted");
            look.Require(agreed.Currencies.Count == 1, order.Id, "has several currencies");
            look.Require(agreed.QuoteHash == HashOf(agreed), order.Id, "is not what its quote hash was accepted for");
        }
    }

    /// <summary>I11: looks at every row of every saga's log, and at the saga's own row.</summary>
    public static async Task MovesAreAllowedAsync(Snapshot store, Look look)
    {
        var sagas = await store.OnceAsync(Sagas.ReadAsync);
        foreach (var order in (await store.OnceAsync(Orders.ReadAsync)).All)
        {
            look.Require(order.Saga is not null, order.Id, "has no saga");
            foreach (var refund in order.Refunds) look.Require(refund.Saga is not null, order.Id, $"its refund {refund.Id} has no saga");
        }
        foreach (var saga in sagas.All)
        {
            look.Saw(1, "sagas");
            look.Saw(saga.Moves.Count, "moves");
            if (AllowedMoves.Of(saga.Name) is not { } allowed)
            {
                look.Against(saga.Id, $"there is no plan of a saga {saga.Name}");
                continue;
            }
            var before = allowed.First;
            foreach (var (move, number) in saga.Moves.Select((move, i) => (move, i + 1)))
            {
                look.Require(move.Seq == number, saga.Id, $"move {number} of the {saga.Name} is numbered {move.Seq}");
                if (number == 1) look.Require(move.State == allowed.First, saga.Id, $"the {saga.Name} began as {move.State}");
                else look.Require(allowed.Has(before, move.State), saga.Id, $"the {saga.Name} moved {before} → {move.State}");
                before = move.State;
            }
            look.Require(saga.Moves.Count > 0 && saga.State == saga.Moves[^1].State && saga.Seq == saga.Moves[^1].Seq,
                saga.Id, $"the {saga.Name} is in {saga.State} ({saga.Seq}), which its log does not end with");
        }
    }

    /// <summary>I12: looks at which of the three outcomes each order's log has.</summary>
    public static async Task OneOutcomeAsync(Snapshot store, Look look)
    {
        foreach (var order in (await store.OnceAsync(Orders.ReadAsync)).All)
        {
            string[] outcomes = ["Confirmed", "Rejected", "Cancelled"];
            var reached = outcomes.Where(order.HasBeen).ToList();
            look.Saw(1, "orders");
            look.Saw(reached.Count, "outcomes");
            look.Require(reached.Count <= 1, order.Id, $"is {string.Join(" and ", reached)}");
            look.Require(reached.Count > 0 || !order.IsTerminal, order.Id, $"is {order.State} without an outcome");
        }
    }

    /// <summary>The hash of a quote, computed a second time from what was agreed: the judge's own hand, not Ordering's.</summary>
    internal static string HashOf(AgreedFacts agreed)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"{agreed.CartId}\n{agreed.CartVersion}\n{agreed.Country}\n{agreed.OptionId}\n{agreed.OptionPrice}\n{agreed.TaxRate}\n{agreed.Total}\n{agreed.Currencies.First()}");
        foreach (var line in agreed.Lines) text.Append(CultureInfo.InvariantCulture, $"\n{line.Sku}\n{line.Quantity}\n{line.UnitPrice}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }

    /// <summary>The order that an address is about: <c>/api/ordering/orders/{id}</c> and what is below it, such as a refund.</summary>
    internal static string OrderOf(string location)
    {
        var segments = location.Trim('/').Split('/');
        return Array.IndexOf(segments, "orders") is >= 0 and var at && at + 1 < segments.Length ? segments[at + 1] : segments[^1];
    }
}
