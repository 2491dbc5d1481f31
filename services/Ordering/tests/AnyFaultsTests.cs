using System.Net;
using CsCheck;

namespace Souk.Ordering.Tests;

/// <summary>
/// Whatever calls fail, hang or lose their answers, whatever card it is, whenever somebody cancels or the process ends:
/// once the world is well again each order ends, and money, stock and parcels agree with how.
/// </summary>
public sealed class AnyFaultsTests
{
    static readonly string[] Cards = ["pm_card_success", "pm_card_success", "pm_card_declined", "pm_card_3ds", "pm_card_unknown"];

    /// <summary>The faults of the calls in order; the card; when it is cancelled, and when the process ends: after so many calls.</summary>
    static readonly Gen<(Fault[] Faults, int Card, int Cancel, int Kill, bool Pays)> Story = Gen.Select(
        Gen.Frequency((5, Gen.Const(Fault.None)), (1, Gen.Const(Fault.FailBefore)), (1, Gen.Const(Fault.FailAfter)),
            (1, Gen.Const(Fault.Hang)), (1, Gen.Const(Fault.HangAfter))).Array[0, 25],
        Gen.Int[0, Cards.Length - 1], Gen.Int[0, 30], Gen.Int[0, 30], Gen.Bool);

    [Fact]
    public async Task Every_order_ends_and_all_agree_on_sqlite() => await PlayAsync(Engine.Sqlite, iterations: 40);

    [PostgresFact]
    public async Task Every_order_ends_and_all_agree_on_postgres() => await PlayAsync(Engine.Postgres, iterations: 20);

    static async Task PlayAsync(Engine engine, int iterations)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var ends = new Dictionary<string, int>();
        await Story.SampleAsync(async story =>
        {
            var state = await PlayAsync(ordering, story);
            ends[state] = ends.GetValueOrDefault(state) + 1;
        }, iter: iterations, threads: 1, seed: "0000000000000");
        // Work was done, of both kinds: sold, and taken back. (Whether a cancellation or a decline comes first is a race.)
        Assert.True(ends.GetValueOrDefault("Completed") > 0 && ends.GetValueOrDefault("Cancelled") + ends.GetValueOrDefault("Rejected") > 0,
            string.Join(", ", ends.Select(end => $"{end.Key}: {end.Value}")));
    }

    static async Task<string> PlayAsync(OrderingUnderTest ordering, (Fault[] Faults, int Card, int Cancel, int Kill, bool Pays) story)
    {
        var store = ordering.Store;
        var cart = store.AddCart(("MUG", 2, 500), ("TEE", 1, 1999));
        store.OnHand["MUG"] = store.OnHand["TEE"] = 10;
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(cart), Cards[story.Card]);
        var first = store.CallCount;
        string? id = null;
        Task<Answer>? cancelling = null;
        var isKilled = false;
        store.Faults = (n, call) =>
        {
            var at = n - first;
            if (call.Contains("reservations", StringComparison.Ordinal)) id ??= call.Split('/')[3];
            if (at == story.Kill)
            {
                isKilled = true;
                ordering.Checkouts.Around = (_, _) => throw new ProcessKilledException();
            }
            if (at == story.Cancel && id is { } order) cancelling = Task.Run(() => ordering.CancelAsync(order));
            return at < story.Faults.Length ? story.Faults[at] : Fault.None;
        };

        // As a client does: the same key until there is an answer.
        Answer answer;
        do
        {
            answer = await ordering.WhileTimePassesAsync(ordering.PlaceAsync(json, cart));
            if (answer.Code == "request.in_progress") ordering.Clock.Advance(TimeSpan.FromSeconds(6));
        }
        while (answer.Status == HttpStatusCode.ServiceUnavailable || answer.Code == "request.in_progress");
        Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, answer.Raw);
        id = answer.Id;
        await ordering.IdleAsync();
        if (cancelling is not null) await ordering.WhileTimePassesAsync(cancelling);

        // The world is well again; so is the process.
        store.Faults = (_, _) => Fault.None;
        if (isKilled) await ordering.Service.RestartAsync();
        await ordering.PassAsync(TimeSpan.FromSeconds(31), 1);
        if (story.Pays && store.Payments.GetValueOrDefault(id) is { } payment)
        {
            if (payment.State is "requires_customer" or "unknown") payment.State = "authorized";
            else if (payment.State == "declined") await ordering.PayAgainAsync(id, "pm_card_success", "another " + id);
        }
        else if (store.Payments.GetValueOrDefault(id) is { State: "unknown" } never) never.State = "declined";

        var end = await ordering.EndAsync(id);
        Agrees(store, end, answer);
        return end.State;
    }

    static void Agrees(FakeStore store, Answer end, Answer answer)
    {
        var id = end.Id;
        var isSold = end.State == "Completed";
        var payment = store.Payments.GetValueOrDefault(id);
        var reservation = store.Reservations.GetValueOrDefault(id);
        var what = string.Join(" ", end.History);
        Assert.True(end.State is "Completed" or "Rejected" or "Cancelled", what);
        Assert.True((isSold ? end.Amount("total") : 0) == (payment?.Captured ?? 0), what);
        Assert.True((isSold ? 1 : 0) == (payment?.Captures ?? 0), what);
        if (!isSold) Assert.True(payment?.State is null or "voided", payment?.State + " " + what);
        Assert.True(reservation is null ? !isSold : reservation.State == (isSold ? "committed" : "released"), reservation?.State + " " + what);
        Assert.Equal((isSold ? 8 : 10, isSold ? 9 : 10), (store.OnHand["MUG"], store.OnHand["TEE"]));
        Assert.Equal(isSold ? "requested" : null, store.Shipments.GetValueOrDefault(id));
        Assert.Equal(isSold ? 1 : 0, store.CheckedOut.Count(done => done == id));
        Assert.Equal(isSold, end.History.Contains("Confirmed"));
        if (answer.Outcome == "confirmed") Assert.True(isSold, what); // what was shown is never later shown as less
        for (var at = 1; at < end.History.Count; at++)
        {
            Assert.Contains(end.History[at], PlanTests.Checkout[end.History[at - 1]]);
        }
    }
}
