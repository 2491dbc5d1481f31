namespace Souk.Ordering.Tests;

/// <summary>The plans, held against the table of allowed moves as the design has it.</summary>
public sealed class PlanTests
{
    /// <summary>Of the design: everything that is not here is a violation.</summary>
    public static readonly Dictionary<string, string[]> Checkout = new()
    {
        ["Placed"] = ["Reserved", "Rejected", "Cancelling"],
        ["Reserved"] = ["Authorizing", "Cancelling"],
        ["Authorizing"] = ["Authorized", "PaymentUnknown", "Declined", "AwaitingCustomer", .. More("Cancelling")],
        ["AwaitingCustomer"] = ["Authorized", "Declined", "Cancelling"],
        ["PaymentUnknown"] = ["Authorized", "Declined", "Cancelling", "NeedsAttention", .. More("AwaitingCustomer")],
        ["Declined"] = ["Authorizing", "Cancelling"],
        ["Authorized"] = ["Pinned", "Cancelling"],
        ["Pinned"] = ["Confirmed", "Cancelling"],
        ["Cancelling"] = ["Cancelled", "Rejected", "NeedsAttention"],
        ["Confirmed"] = ["Captured", "NeedsAttention"],
        ["Captured"] = ["StockCommitted"],
        ["StockCommitted"] = ["ShipmentRequested"],
        ["ShipmentRequested"] = ["Completed"],
        ["Completed"] = [],
        ["Rejected"] = [],
        ["Cancelled"] = [],
        // By an operator's audited command.
        ["NeedsAttention"] = ["PaymentUnknown", "Cancelling", "Confirmed"],
    };

    public static readonly Dictionary<string, string[]> Refunds = new()
    {
        ["RefundRequested"] = ["ShipmentStopped", "ShipmentGone"],
        ["ShipmentStopped"] = ["Refunding"],
        ["ShipmentGone"] = ["Refunding"],
        ["Refunding"] = ["Refunded", "PartiallyRefunded", "NeedsAttention"],
        ["Refunded"] = [],
        ["PartiallyRefunded"] = [],
        ["NeedsAttention"] = ["Refunding"],
    };

    [Fact]
    public async Task The_plans_are_the_design_s_table_of_moves()
    {
        await using var ordering = await OrderingUnderTest.StartAsync(Engine.Sqlite);
        Same(Checkout, ordering.Checkouts.Plan.Moves);
        Same(Refunds, ordering.Refunds.Plan.Moves);
    }

    [Fact]
    public async Task What_may_be_cancelled_is_what_the_plan_takes_to_cancelling()
    {
        await using var ordering = await OrderingUnderTest.StartAsync(Engine.Sqlite);
        var moves = ordering.Checkouts.Plan.Moves;
        Assert.All(moves.Where(state => state.Key != "NeedsAttention"),
            state => Assert.Equal(state.Value.Contains("Cancelling"), OrderView.MayCancel(state.Key)));
    }

    [Fact]
    public void No_way_leads_from_confirmed_to_cancelled_and_none_around_confirmed_to_captured()
    {
        Assert.DoesNotContain("Cancelling", From("Confirmed", past: "NeedsAttention"));
        Assert.DoesNotContain("Captured", From("Placed", past: "Confirmed"));
        Assert.False(CheckoutSaga.MayRevive("Cancelling", ["Confirmed"]));
        Assert.False(CheckoutSaga.MayRevive("Confirmed", ["PaymentUnknown"]));
        Assert.False(CheckoutSaga.MayRevive("PaymentUnknown", ["PaymentUnknown", "Cancelling"]));
    }

    // What the design's table lacks, and its own text asks for: a customer may cancel while a card is asked about, and a
    // provider that did not answer may turn out to have wanted the customer.
    static string[] More(string state) => [state];

    static HashSet<string> From(string state, string past)
    {
        var found = new HashSet<string>();
        var open = new Queue<string>([state]);
        while (open.TryDequeue(out var at))
        {
            if (at == past || !found.Add(at)) continue;
            foreach (var next in Checkout[at]) open.Enqueue(next);
        }
        return found;
    }

    static void Same(Dictionary<string, string[]> table, IReadOnlyDictionary<string, IReadOnlyList<string>> plan) => Assert.Equal(
        table.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{row.Key}: {string.Join(' ', row.Value.Order(StringComparer.Ordinal))}"),
        plan.OrderBy(row => row.Key, StringComparer.Ordinal).Select(row => $"{row.Key}: {string.Join(' ', row.Value.Order(StringComparer.Ordinal))}"));
}
