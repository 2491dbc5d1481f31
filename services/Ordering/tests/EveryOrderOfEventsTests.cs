using Souk.Ordering.Tests.EveryOrder;

namespace Souk.Ordering.Tests;

/// <summary>
/// One order, and all that can ever happen to it: every answer of its neighbours, every call lost, answered in vain or come
/// once more however late, the process killed between any two, customers who cancel, pay again or never come, two days
/// gone by, operators. The code is the real one, down to its SQL; the neighbours are values. It is tried until nothing
/// new comes.
/// </summary>
public sealed class EveryOrderOfEventsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_order_of_events_keeps_the_rules_and_ends_where_an_order_may()
    {
        await using var checkout = await Checkout.StartAsync();
        var all = await Exploration.OfAsync(checkout);
        all.EndsWell();

        var states = all.Worlds.CountBy(world => world.Order.State).ToDictionary();
        output.WriteLine($"{all.Nodes} states and {all.Edges} edges between them; {all.Worlds.Count} worlds, on which the code was run {all.Runs} times");
        output.WriteLine(string.Join(", ", states.Select(state => $"{state.Key}: {state.Value}")));
        // Work was done: every move of the table was made, but for those that the code has no occasion for. What is out of
        // stock is taken back first; Reserved and Pinned are never alone in a commit, so nobody can step in there; and what
        // needs attention after the pivot has its reversal.
        Assert.True(all is { Nodes: > 5_000, Edges: > 100_000, Runs: > 10_000 });
        Assert.Equal(["Placed to Rejected", "Reserved to Cancelling", "Pinned to Cancelling", "NeedsAttention to Confirmed"],
            PlanTests.Checkout.SelectMany(from => from.Value, (from, to) => $"{from.Key} to {to}").Except(all.Moves));
    }

    [Theory]
    [InlineData(nameof(Bug.VoidIsForgotten), "I2: ended without a sale, and money is held or may be")]
    [InlineData(nameof(Bug.ReleaseIsForgotten), "I7: ended without a sale, and stock is kept")]
    [InlineData(nameof(Bug.ConfirmedWithoutPin), "I7: confirmed, and the stock is not pinned")]
    [InlineData(nameof(Bug.TimeoutIsADecline), "I18: declined, and the provider did not say so")]
    [InlineData(nameof(Bug.CapturedUnderANewKey), "I3: captured twice")]
    [InlineData(nameof(Bug.CancelLooksAtNothing), "I11: not a move of the table")]
    [InlineData(nameof(Bug.CustomerIsWaitedForForEver), "It goes round in circles")]
    [InlineData(nameof(Bug.OperatorLooksAtNothing), "I12: a confirmed order is taken back")]
    public async Task A_planted_bug_is_found(string bug, string rule)
    {
        await using var checkout = await Checkout.StartAsync(Enum.Parse<Bug>(bug));
        var found = await Assert.ThrowsAsync<ViolationException>(async () => (await Exploration.OfAsync(checkout, hasLate: false)).EndsWell());
        output.WriteLine(found.Message);
        Assert.StartsWith(rule, found.Message, StringComparison.Ordinal);
    }
}
