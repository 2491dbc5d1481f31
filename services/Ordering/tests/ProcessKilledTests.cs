namespace Souk.Ordering.Tests;

/// <summary>The process ends at any point, and goes on from the row after its start, with nobody's help.</summary>
public sealed class ProcessKilledTests
{
    static readonly string[] Steps = ["Placed", "Reserved", "Authorizing", "Authorized", "Pinned", "Confirmed", "Captured",
        "StockCommitted", "ShipmentRequested"];

    [Theory, EveryEngine]
    public async Task Process_killed_after_any_step_resumes_and_does_nothing_twice(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        foreach (var step in Steps)
        {
            ordering.Checkouts.KillAfterStep(step);
            var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)));
            await ordering.Service.RestartAsync();
            await IsWholeAsync(ordering, order.Id);
        }
        Assert.Equal(100 - Steps.Length, ordering.Store.OnHand["MUG"]);
    }

    [Theory, EveryEngine]
    public async Task Process_killed_after_any_commit_resumes_and_does_nothing_twice(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        foreach (var state in new[] { "Confirmed", "Completed" })
        {
            ordering.Checkouts.KillAfterCommit(state);
            var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)));
            await ordering.Service.RestartAsync();
            await IsWholeAsync(ordering, order.Id);
        }
    }

    [Theory, EveryEngine]
    public async Task Process_killed_while_it_takes_an_order_back_resumes(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_declined");
        ordering.Checkouts.KillAfterStep("Cancelling");
        await ordering.CancelAsync(order.Id);
        await ordering.Service.RestartAsync();
        Assert.Equal("Cancelled", (await ordering.EndAsync(order.Id)).State);
        Assert.Equal((0, "voided"), (ordering.Store.Reserved("MUG"), ordering.Store.Payments[order.Id].State));
    }

    [Theory, EveryEngine]
    public async Task Process_killed_before_the_answer_and_the_client_s_retry_finds_its_order(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        ordering.Store.Faults = (_, call) => call.Contains("authorizations", StringComparison.Ordinal) ? Fault.Hang : Fault.None;
        using var client = new CancellationTokenSource();
        var lost = ordering.PlaceAsync(json, "k", cancellation: client.Token);
        await ordering.UntilCalledAsync("authorizations");
        await client.CancelAsync(); // its client goes; the process ends before it could keep an answer
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        await ordering.Service.RestartAsync();
        ordering.Store.Faults = (_, _) => Fault.None;

        ordering.Clock.Advance(TimeSpan.FromSeconds(6));
        var retried = await ordering.PlaceAsync(json, "k");
        Assert.Single(ordering.Store.Payments.Keys.Append(retried.Id).Distinct());
        await IsWholeAsync(ordering, retried.Id);
    }

    [Theory, EveryEngine]
    public async Task Every_step_is_repeated_and_the_order_is_the_same(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var repeated = ordering.Checkouts.RepeatEveryStep();
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)));
        await IsWholeAsync(ordering, order.Id);
        Assert.Superset(new HashSet<string>(Steps), repeated);
    }

    [Theory, EveryEngine]
    public async Task Every_step_before_the_pivot_fails_and_is_unwound(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        foreach (var step in Steps[..5])
        {
            ordering.Checkouts.FailStep(step, "Cancelling", (tx, order) => OrderStore.WillEndAsync(tx, order, "rejected", "it failed"));
            var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)));
            var end = await ordering.EndAsync(order.Id);
            Assert.Equal(("Rejected", "it failed"), (end.State, end.Text("reason")));
            Assert.Equal((0, "voided", 0L), (ordering.Store.Reserved("MUG"), ordering.Store.Payments[order.Id].State, ordering.Store.Payments[order.Id].Captured));
        }
        Assert.Equal(100, ordering.Store.OnHand["MUG"]);
    }

    static async Task IsWholeAsync(OrderingUnderTest ordering, string id)
    {
        var end = await ordering.EndAsync(id);
        Assert.Equal("Completed", end.State);
        Assert.Equal(["Placed", .. Steps[1..], "Completed"], end.History.Where(state => state != "PaymentUnknown"));
        Assert.Equal(Enumerable.Range(1, end.History.Count).Select(n => (long)n),
            end.Body.GetProperty("history").EnumerateArray().Select(move => move.GetProperty("seq").GetInt64()));
        Assert.Equal((1, 990L), (ordering.Store.Payments[id].Captures, ordering.Store.Payments[id].Captured));
        Assert.Equal(("committed", "requested"), (ordering.Store.Reservations[id].State, ordering.Store.Shipments[id]));
        Assert.Equal(1, ordering.Store.CheckedOut.Count(done => done == id));
        Assert.Single(await ordering.Service.EventsAsync("notifications"), e => e.GetProperty("subject").GetString() == id);
    }
}
