namespace Souk.Auditing.Invariants;

/// <summary>That things end.</summary>
static class RestInvariants
{
    /// <summary>
    /// I13: looks at sagas, open payment operations, reservations, feeds and parked events. While things may still move it is
    /// unknown; after waiting for quiet, what moves is stuck.
    /// </summary>
    public static async Task ComesToRestAsync(Snapshot store, Look look)
    {
        var sagas = await store.OnceAsync(Sagas.ReadAsync);
        var under = await store.OnceAsync(UnderWay.ReadAsync);
        look.Saw(sagas.All.Count(), "sagas");
        look.Saw(store.Services.Count(), "databases");
        if (under.WaitingForCustomer.Count > 0) look.Saw(under.WaitingForCustomer.Count, "orders that wait for their customer");
        foreach (var parked in under.Parked) look.Against(parked.Subject, parked.What);
        if (store.WasAwaited)
        {
            foreach (var moving in under.Moving) look.Against(moving.Subject, moving.What);
        }
        else if (under.Moving.Count > 0)
        {
            look.Unknown($"the store is not quiet: {under.Moving.Count} things move, such as {under.Moving[0].Subject}: {under.Moving[0].What}");
        }
    }

    /// <summary>
    /// I24: looks at how many orders came to an end; with a client record at how many of its answered orders did. Too little
    /// work is no verdict.
    /// </summary>
    public static async Task WorkWasDoneAsync(Snapshot store, Look look)
    {
        var orders = await store.OnceAsync(Orders.ReadAsync);
        var under = await store.OnceAsync(UnderWay.ReadAsync);
        var completed = orders.All.Count(order => order.State == "Completed");
        var asked = orders.All.Where(order => !under.WaitingForCustomer.Contains(order.Id)).ToList();
        var done = asked.Count(order => order.IsTerminal);
        var all = asked.Count;
        if (store.Options.Record is { } record)
        {
            // What a fault touched has no answer; a definite no, and a question to the customer, are ends as well.
            var answered = record.Where(one => one.Action == "order" && !one.IsUnknown && one.Code != "request.in_progress").ToList();
            all = answered.Count;
            done = answered.Count(one => one.Status >= 400 || one.OrderId is { } id && (orders.Find(id) is { IsTerminal: true } || under.WaitingForCustomer.Contains(id)));
            look.Saw(all, "answered orders of the record");
        }
        look.Saw(done, "came to an end");
        look.Saw(completed, "orders completed");
        if (all == 0) look.Unknown("nothing was ordered");
        else if (completed == 0) look.Unknown($"none of {all} orders was completed");
        else if (done < all * store.Options.DoneMin) look.Unknown($"only {done} of {all} came to an end");
    }
}
