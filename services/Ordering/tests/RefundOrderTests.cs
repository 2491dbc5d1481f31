using System.Net;

namespace Souk.Ordering.Tests;

public sealed class RefundOrderTests
{
    const long Total = 2 * 500 + 1999 + 490;

    [Theory, EveryEngine]
    public async Task A_line_goes_back_with_its_price_and_its_piece_to_the_shelf(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        var refund = await ordering.RefundAsync(id, new { lines = new[] { new { sku = "MUG", quantity = 1 } }, reason = "broken" });
        Assert.Equal((HttpStatusCode.Accepted, 500L), (refund.Status, refund.Amount("amount")));
        await ordering.PumpAsync();
        var order = await ordering.ReadAsync(id);
        Assert.Equal(("Completed", "partially_refunded", 500L), (order.State, order.Outcome, order.Amount("refunded")));
        Assert.Equal("PartiallyRefunded", order.Body.GetProperty("refunds")[0].GetProperty("state").GetString());
        Assert.Equal((500L, 99, "requested"), (ordering.Store.Payments[id].Refunds["1-1"], ordering.Store.OnHand["MUG"], ordering.Store.Shipments[id]));
        Assert.Equal(["OrderConfirmed", "OrderRefunded"], await EventsAsync(ordering));

        var again = await ordering.RefundAsync(id, new { lines = new[] { new { sku = "MUG", quantity = 1 } }, reason = "broken" });
        Assert.Equal(refund.Raw, again.Raw);
        var read = await ordering.SendAsync(HttpMethod.Get, refund.Headers.Location!.ToString(), caller: "console");
        Assert.Equal("PartiallyRefunded", read.State);
    }

    [Theory, EveryEngine]
    public async Task All_that_is_left_goes_back_and_the_shipment_is_stopped(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        await ordering.RefundAsync(id, new { amount = 100, reason = "late" }, "1");
        await ordering.RefundAsync(id, new { lines = new[] { new { sku = "TEE", quantity = 1 } }, reason = "too small" }, "2");
        await ordering.RefundAsync(id, new { reason = "cancelled by phone" }, "3");
        await ordering.PumpAsync();
        var order = await ordering.ReadAsync(id);
        Assert.Equal(("refunded", Total), (order.Outcome, order.Amount("refunded")));
        Assert.Equal(["PartiallyRefunded", "PartiallyRefunded", "Refunded"],
            order.Body.GetProperty("refunds").EnumerateArray().Select(refund => refund.GetProperty("state").GetString()).Order());
        Assert.Equal((Total, 100, 100, "cancelled"), (ordering.Store.Payments[id].Refunds.Values.Sum(), ordering.Store.OnHand["MUG"],
            ordering.Store.OnHand["TEE"], ordering.Store.Shipments[id]));
        (await ordering.RefundAsync(id, new { reason = "once more" }, "4")).IsRefusal(409, "order.refund_too_much");
    }

    [Theory, EveryEngine]
    public async Task More_than_was_paid_or_bought_and_what_is_not_paid_does_not_go_back(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        (await ordering.RefundAsync(id, new { amount = Total + 1, reason = "r" }, "1")).IsRefusal(409, "order.refund_too_much");
        (await ordering.RefundAsync(id, new { lines = new[] { new { sku = "MUG", quantity = 3 } }, reason = "r" }, "2")).IsRefusal(409, "order.refund_too_much");
        (await ordering.RefundAsync(id, new { lines = new[] { new { sku = "CAP", quantity = 1 } }, reason = "r" }, "3")).IsRefusal(409, "order.refund_too_much");
        foreach (object wrong in new object[] { new { amount = 0, reason = "r" }, new { amount = 5 }, new { amount = 5, reason = new string('r', 501) },
            new { lines = Array.Empty<object>(), reason = "r" }, new { lines = new[] { new { sku = "MUG", quantity = 0 } }, reason = "r" },
            new { lines = new[] { new { sku = "MUG", quantity = 1 }, new { sku = "MUG", quantity = 1 } }, reason = "r" } })
        {
            (await ordering.RefundAsync(id, wrong, "wrong")).IsRefusal(400, "order.refund_invalid");
        }
        Assert.Empty(ordering.Store.Payments[id].Refunds);

        var unpaid = await ordering.PlacedAsync("pm_card_declined");
        (await ordering.RefundAsync(unpaid, new { reason = "r" }, "5")).IsRefusal(409, "order.not_refundable");
        (await ordering.RefundAsync("nobody", new { reason = "r" }, "6")).IsRefusal(404, "order.order_unknown");
    }

    [Theory, EveryEngine]
    public async Task Many_refunds_at_once_never_give_back_more_than_was_paid(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => ordering.RefundAsync(id, new { amount = 1000, reason = "r" }, "k" + n)));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Accepted));
        await ordering.PumpAsync();
        Assert.Equal(3000, ordering.Store.Payments[id].Refunds.Values.Sum());
        Assert.Equal(3000, (await ordering.ReadAsync(id)).Amount("refunded"));
    }

    [Theory, EveryEngine]
    public async Task Refund_partly_fails_the_rest_is_retried_and_then_needs_attention(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        ordering.Store.RefundAnswers = key => key == "2-1" ? "refused" : "refunded";
        await ordering.RefundAsync(id, new { reason = "all" });
        await ordering.PumpAsync();
        var order = await ordering.ReadAsync(id);
        Assert.Equal(("partially_refunded", Total - 1999), (order.Outcome, order.Amount("refunded")));
        Assert.Equal("Refunding", order.Body.GetProperty("refunds")[0].GetProperty("state").GetString());

        await ordering.PassAsync(TimeSpan.FromMinutes(2), 40);
        order = await ordering.ReadAsync(id);
        Assert.Equal("NeedsAttention", order.Body.GetProperty("refunds")[0].GetProperty("state").GetString());
        Assert.Equal(RefundSaga.RefusalsMax + 1, ordering.Store.Calls.Count(call => call.EndsWith("refunds/2-1", StringComparison.Ordinal)));
        var refundId = order.Body.GetProperty("refunds")[0].GetProperty("id").GetString();

        ordering.Store.RefundAnswers = _ => "refunded";
        var moved = await ordering.SendAsync(HttpMethod.Post, $"/internal/orders/{id}/moves",
            $$"""{"refund":"{{refundId}}","state":"Refunding","reason":"the provider is well again"}""", "m", "souk");
        Assert.Equal(HttpStatusCode.OK, moved.Status);
        await ordering.PumpAsync();
        order = await ordering.ReadAsync(id);
        Assert.Equal(("refunded", Total, 100), (order.Outcome, order.Amount("refunded"), ordering.Store.OnHand["TEE"]));
        // What was given back, as it was given back: told each time.
        Assert.Equal(["OrderConfirmed", "OrderRefunded", "OrderRefunded"], await EventsAsync(ordering));
    }

    [Theory, EveryEngine]
    public async Task A_refund_whose_answer_is_lost_is_asked_again_and_given_once(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        ordering.Store.Faults = (n, call) => call.Contains("refunds", StringComparison.Ordinal) || call.Contains("restock", StringComparison.Ordinal)
            ? n % 2 == 0 ? Fault.FailAfter : Fault.FailBefore : Fault.None;
        await ordering.RefundAsync(id, new { reason = "all" });
        await ordering.PassAsync(TimeSpan.FromMinutes(1), 6);
        ordering.Store.Faults = (_, _) => Fault.None;
        await ordering.PassAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(Total, ordering.Store.Payments[id].Refunds.Values.Sum());
        Assert.Equal(("refunded", 100), ((await ordering.ReadAsync(id)).Outcome, ordering.Store.OnHand["MUG"]));
    }

    [Theory, EveryEngine]
    public async Task Every_step_of_a_refund_may_be_repeated_and_the_process_killed_after_it(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await CompletedAsync(ordering);
        var repeated = ordering.Refunds.RepeatEveryStep();
        await ordering.RefundAsync(id, new { lines = new[] { new { sku = "MUG", quantity = 1 } }, reason = "r" }, "0");
        await ordering.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["RefundRequested", "Refunding", "ShipmentGone"], repeated.Order());
        foreach (var step in new[] { "RefundRequested", "ShipmentStopped", "Refunding" })
        {
            ordering.Refunds.KillAfterStep(step);
            await ordering.RefundAsync(id, new { amount = 10, reason = "r" }, step);
            await ordering.Service.RestartAsync();
            await ordering.PumpAsync();
        }
        Assert.Equal(530, ordering.Store.Payments[id].Refunds.Values.Sum());
        Assert.Equal((530L, 99), ((await ordering.ReadAsync(id)).Amount("refunded"), ordering.Store.OnHand["MUG"]));
    }

    [Theory, EveryEngine]
    public async Task Only_staff_refunds(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        foreach (var address in new[] { "/api/ordering/orders/x/refunds", "/internal/orders/x/moves" })
        {
            (await ordering.SendAsync(HttpMethod.Post, address, """{"reason":"mine"}""", "k", "gateway")).IsRefusal(403, "identity.not_allowed");
        }
    }

    static async Task<string> CompletedAsync(OrderingUnderTest ordering)
    {
        var id = await ordering.PlacedAsync();
        Assert.Equal("Completed", (await ordering.EndAsync(id)).State);
        return id;
    }

    static async Task<IEnumerable<string?>> EventsAsync(OrderingUnderTest ordering) =>
        (await ordering.Service.EventsAsync("notifications")).Select(e => e.GetProperty("type").GetString());
}
