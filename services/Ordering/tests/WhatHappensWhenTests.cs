using System.Net;

namespace Souk.Ordering.Tests;

/// <summary>The design's table "What happens when …", a test for each row that Ordering decides.</summary>
public sealed class WhatHappensWhenTests
{
    [Theory, EveryEngine]
    public async Task Double_click_two_tabs_client_retry_is_one_order_and_one_answer(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        ordering.Store.Faults = (_, call) => call.Contains("authorizations", StringComparison.Ordinal) ? Fault.Hang : Fault.None;

        var first = ordering.PlaceAsync(json, "k");
        await ordering.UntilCalledAsync("authorizations");
        var meanwhile = await ordering.PlaceAsync(json, "k");
        meanwhile.IsRefusal(409, "request.in_progress");
        ordering.Clock.Advance(TimeSpan.FromMilliseconds(220));
        var answer = await first;
        Assert.Equal((HttpStatusCode.Accepted, "Placed"), (answer.Status, answer.State));
        Assert.Equal("/api/ordering/orders/" + answer.Id, meanwhile.Headers.Location?.ToString());

        ordering.Store.Faults = (_, _) => Fault.None;
        Assert.Equal("Completed", (await ordering.EndAsync(answer.Id)).State);
        var again = await ordering.PlaceAsync(json, "k");
        Assert.Equal((answer.Status, answer.Raw), (again.Status, again.Raw));
        (await ordering.PlaceAsync(json.Replace("Ada", "Eve", StringComparison.Ordinal), "k")).IsRefusal(422, "request.idempotency_key_reused");
        (await ordering.PlaceAsync(json, null)).IsRefusal(400, "request.idempotency_key_invalid");
        Assert.Equal(1, ordering.Store.Payments[answer.Id].Captures);
        Assert.Single(ordering.Store.Payments);
    }

    [Theory, EveryEngine]
    public async Task Two_keys_one_cart_the_second_is_told_who_has_it(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(cart), "pm_card_3ds");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => ordering.PlaceAsync(json, "key " + n)));
        var first = Assert.Single(answers, answer => answer.Status == HttpStatusCode.Accepted);
        Assert.All(answers.Except([first]), answer =>
        {
            answer.IsRefusal(409, "cart.in_checkout");
            Assert.Equal("/api/ordering/orders/" + first.Id, answer.Text("order"));
        });
    }

    [Theory, EveryEngine]
    public async Task Two_keys_one_cart_the_second_is_late_and_still_buys_nothing_twice(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(cart));
        var first = await ordering.PlaceAsync(json, "a");
        await ordering.EndAsync(first.Id);
        // As if the second had read the cart before the first emptied it.
        ordering.Store.PutCart(cart, 1, ("MUG", 1, 500));
        (await ordering.PlaceAsync(json, "b")).IsRefusal(409, "cart.in_checkout");
        Assert.Single(ordering.Store.Payments);
    }

    [Theory, EveryEngine]
    public async Task Payment_times_out_and_the_answer_is_given_within_300_ms_and_nothing_is_taken_for_a_no(Engine engine)
    {
        foreach (var fault in new[] { Fault.Hang, Fault.HangAfter, Fault.FailBefore, Fault.FailAfter })
        {
            await using var ordering = await OrderingUnderTest.StartAsync(engine);
            ordering.Store.Faults = (_, call) => call.Contains("authorizations", StringComparison.Ordinal) ? fault : Fault.None;
            var started = ordering.Clock.GetUtcNow();
            var placing = ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)));
            await ordering.UntilCalledAsync("authorizations");
            if (fault is Fault.Hang or Fault.HangAfter) ordering.Clock.Advance(TimeSpan.FromMilliseconds(220));
            var order = await placing;
            Assert.Equal(HttpStatusCode.Accepted, order.Status);
            Assert.InRange(ordering.Clock.GetUtcNow() - started, TimeSpan.Zero, TimeSpan.FromMilliseconds(299));

            await ordering.IdleAsync();
            Assert.Equal("PaymentUnknown", (await ordering.ReadAsync(order.Id)).State);
            await ordering.PassAsync(TimeSpan.FromMinutes(2));
            ordering.Store.Faults = (_, _) => Fault.None;
            var end = await ordering.EndAsync(order.Id);
            Assert.Equal("Completed", end.State);
            Assert.DoesNotContain("Declined", end.History);
            Assert.Equal(1, ordering.Store.Payments[order.Id].Captures);
        }
    }

    [Theory, EveryEngine]
    public async Task Payment_that_stays_unknown_for_two_days_needs_attention_and_an_operator_moves_it_on(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await ordering.PlacedAsync("pm_card_unknown");
        await ordering.IdleAsync();
        Assert.Equal("PaymentUnknown", (await ordering.ReadAsync(id)).State);
        ordering.Clock.Advance(TimeSpan.FromHours(49));
        await ordering.PumpAsync();
        Assert.Equal(("NeedsAttention", "needs_attention"), ((await ordering.ReadAsync(id)).State, (await ordering.ReadAsync(id)).Outcome));
        // Not the shopper's matter any more.
        (await ordering.CancelAsync(id)).IsRefusal(409, "order.not_cancellable");

        var listed = await ordering.SendAsync(HttpMethod.Get, "/internal/sagas?state=NeedsAttention", caller: "console");
        Assert.Equal(id, listed.Body.GetProperty("items")[0].GetProperty("orderId").GetString());
        async Task<Answer> MoveAsync(string state, string key) => await ordering.SendAsync(HttpMethod.Post, $"/internal/orders/{id}/moves",
            $$"""{"state":"{{state}}","reason":"asked the bank"}""", key, caller: "console");
        (await MoveAsync("Confirmed", "no")).IsRefusal(409, "order.move_invalid");
        (await MoveAsync("Captured", "no2")).IsRefusal(409, "order.move_invalid");
        var moved = await MoveAsync("PaymentUnknown", "yes");
        Assert.Equal(HttpStatusCode.OK, moved.Status);
        Assert.Equal(moved.Raw, (await MoveAsync("PaymentUnknown", "yes")).Raw);
        ordering.Store.Payments[id].State = "authorized";
        Assert.Equal("Completed", (await ordering.EndAsync(id)).State);
        var log = await ordering.Database.ReadAsync(session => ordering.Checkouts.MovesAsync(session, id, CancellationToken.None));
        Assert.Single(log, move => move.Note == "console: asked the bank");
    }

    [Theory, EveryEngine]
    public async Task What_was_being_cancelled_and_needs_attention_is_not_sold_any_more(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await ordering.PlacedAsync("pm_card_unknown");
        await ordering.IdleAsync();
        await ordering.CancelAsync(id);
        await ordering.IdleAsync();
        ordering.Clock.Advance(TimeSpan.FromHours(49));
        await ordering.PumpAsync();
        Assert.Equal("NeedsAttention", (await ordering.ReadAsync(id)).State);

        // Its stock has gone back: who took it to where it is paid would charge for nothing.
        Assert.Equal("released", ordering.Store.Reservations[id].State);
        ordering.Store.Payments[id].State = "authorized";
        async Task<Answer> MoveAsync(string state) => await ordering.SendAsync(HttpMethod.Post, $"/internal/orders/{id}/moves",
            $$"""{"state":"{{state}}","reason":"asked the bank"}""", state, caller: "console");
        (await MoveAsync("PaymentUnknown")).IsRefusal(409, "order.move_invalid");
        Assert.Equal(HttpStatusCode.OK, (await MoveAsync("Cancelling")).Status);
        Assert.Equal("Cancelled", (await ordering.EndAsync(id)).State);
        Assert.Equal("voided", ordering.Store.Payments[id].State);
    }

    [Theory, EveryEngine]
    public async Task Definite_decline_another_card_in_the_same_order(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var declined = await ordering.OrderAsync(cart, "pm_card_declined");
        Assert.Equal((HttpStatusCode.Accepted, "Declined", true), (declined.Status, declined.State, declined.Body.GetProperty("canPayAgain").GetBoolean()));
        Assert.Equal("card_declined", declined.Body.GetProperty("payment").GetProperty("reason").GetString());

        var paid = await ordering.PayAgainAsync(declined.Id, "pm_card_success", "p1");
        Assert.Equal((HttpStatusCode.Created, "confirmed"), (paid.Status, paid.Outcome));
        var again = await ordering.PayAgainAsync(declined.Id, "pm_card_success", "p1");
        Assert.Equal(paid.Raw, again.Raw);
        Assert.Equal("Completed", (await ordering.EndAsync(declined.Id)).State);
        (await ordering.PayAgainAsync(declined.Id, "pm_card_success", "p2")).IsRefusal(409, "order.not_payable");
        Assert.Equal((2, 1), (ordering.Store.Payments[declined.Id].Attempt, ordering.Store.Payments[declined.Id].Captures));
    }

    [Theory, EveryEngine]
    public async Task Definite_decline_three_times_is_rejected_and_everything_is_given_back(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var order = await ordering.OrderAsync(cart, "pm_card_declined");
        await ordering.PayAgainAsync(order.Id, "pm_card_declined", "2");
        var third = await ordering.PayAgainAsync(order.Id, "pm_card_declined", "3");
        Assert.False(third.Body.GetProperty("canPayAgain").GetBoolean());
        var end = await ordering.EndAsync(order.Id);
        Assert.Equal(("Rejected", "rejected", "payment: card_declined"), (end.State, end.Outcome, end.Text("reason")));
        Assert.Equal((0, 0L), (ordering.Store.Reserved("MUG"), ordering.Store.Payments[order.Id].Captured));
        Assert.Equal(["OrderCancelled"], (await ordering.Service.EventsAsync("notifications")).Select(e => e.GetProperty("type").GetString()));
        // The cart is free again.
        Assert.Equal(HttpStatusCode.Created, (await ordering.OrderAsync(cart, key: "new")).Status);
    }

    [Theory, EveryEngine]
    public async Task Definite_decline_and_nobody_pays_again_is_rejected_with_the_reservation(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_declined");
        await ordering.PumpAsync();
        Assert.Equal("held", ordering.Store.Reservations[order.Id].State);
        await ordering.PassAsync(TimeSpan.FromMinutes(16));
        Assert.Equal("Rejected", (await ordering.ReadAsync(order.Id)).State);
        Assert.Equal("released", ordering.Store.Reservations[order.Id].State);
    }

    [Theory, EveryEngine]
    public async Task Provider_wants_the_customer_who_approves(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
        Assert.Equal((HttpStatusCode.Accepted, "AwaitingCustomer"), (order.Status, order.State));
        Assert.Equal("http://localhost:8082/3ds/" + order.Id,
            order.Body.GetProperty("payment").GetProperty("nextActionUrl").GetString());
        await ordering.PumpAsync();
        ordering.Store.Payments[order.Id].State = "authorized";
        ordering.Store.PaymentChanged(order.Id);
        await ordering.PumpAsync();
        Assert.Equal("Completed", (await ordering.ReadAsync(order.Id)).State);
        Assert.Equal(99, ordering.Store.OnHand["MUG"]);
    }

    [Theory, EveryEngine]
    public async Task Provider_wants_the_customer_who_never_comes(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
        await ordering.PassAsync(TimeSpan.FromMinutes(16));
        var end = await ordering.ReadAsync(order.Id);
        Assert.Equal(("Rejected", "customer_absent"), (end.State, end.Text("reason")));
        Assert.Equal(("voided", 0), (ordering.Store.Payments[order.Id].State, ordering.Store.Reserved("MUG")));
    }

    [Theory, EveryEngine]
    public async Task Cancel_while_unknown_resolves_first_and_ends_with_nothing_charged(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_unknown");
        var cancelled = await ordering.CancelAsync(order.Id);
        Assert.Equal((HttpStatusCode.OK, "Cancelling"), (cancelled.Status, cancelled.State));
        await ordering.PassAsync(TimeSpan.FromMinutes(5));
        // What is unknown cannot be called off: the order waits, and is not shown as ended.
        Assert.Equal("Cancelling", (await ordering.ReadAsync(order.Id)).State);
        ordering.Store.Payments[order.Id].State = "declined";
        Assert.Equal("Cancelled", (await ordering.EndAsync(order.Id)).State);
        Assert.Equal((0, 0L), (ordering.Store.Reserved("MUG"), ordering.Store.Payments[order.Id].Captured));
    }

    [Theory, EveryEngine]
    public async Task Payment_succeeds_after_cancel_and_is_voided(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_unknown");
        await ordering.CancelAsync(order.Id);
        ordering.Store.Payments[order.Id].State = "authorized";
        ordering.Store.PaymentChanged(order.Id);
        var end = await ordering.EndAsync(order.Id);
        Assert.Equal(("Cancelled", "cancelled"), (end.State, end.Outcome));
        Assert.Equal(("voided", 0), (ordering.Store.Payments[order.Id].State, ordering.Store.Payments[order.Id].Captures));
        Assert.DoesNotContain("Confirmed", end.History);
        Assert.Equal("Cancelled", (await ordering.CancelAsync(order.Id)).State);
    }

    [Theory, EveryEngine]
    public async Task Cancel_and_confirm_race_and_one_of_them_wins(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var won = new Dictionary<bool, int>();
        for (var n = 0; n < 12; n++)
        {
            // The cancellation comes at each call in turn, from outside the run.
            var cart = ordering.Store.AddCart(("MUG", 1, 500));
            Task<Answer>? cancelling = null;
            var calls = 0;
            var at = 1 + n % 6;
            ordering.Store.Before = call =>
            {
                if (call.StartsWith("GET", StringComparison.Ordinal) || Interlocked.Increment(ref calls) != at) return;
                var id = call.Split('/')[3];
                cancelling = Task.Run(() => ordering.CancelAsync(id));
                if (n < 6) cancelling.Wait();
            };
            // The answer comes at the pivot, the last of the calls after it.
            var order = await ordering.OrderAsync(cart);
            await Eventually.HoldsAsync("the cancellation", () => cancelling is not null);
            ordering.Store.Before = _ => { };
            var cancelled = await cancelling!;
            var end = await ordering.EndAsync(order.Id);
            var isCancelled = cancelled.Status == HttpStatusCode.OK;
            Assert.Equal(isCancelled ? "Cancelled" : "Completed", end.State);
            Assert.Equal(isCancelled ? 0 : 1, ordering.Store.Payments.GetValueOrDefault(order.Id)?.Captures ?? 0);
            Assert.Equal(!isCancelled, end.History.Contains("Confirmed"));
            if (!isCancelled) cancelled.IsRefusal(409, "order.not_cancellable");
            won[isCancelled] = won.GetValueOrDefault(isCancelled) + 1;
        }
        Assert.Equal(2, won.Count);
        Assert.Equal(0, ordering.Store.Reserved("MUG"));
    }

    [Theory, EveryEngine]
    public async Task Stock_gone_at_the_reservation_is_rejected_with_the_skus_and_nothing_is_charged(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 2, 500), ("TEE", 1, 1999));
        ordering.Store.OnHand["MUG"] = 1;
        var order = await ordering.OrderAsync(cart);
        Assert.Equal(("Rejected", "out_of_stock: MUG"), (order.State, order.Text("reason")));
        Assert.Equal(["Placed", "Cancelling", "Rejected"], order.History);
        Assert.False(ordering.Store.HasCall("authorizations"));
        Assert.Empty(ordering.Store.CheckedOut);
        Assert.Empty(await ordering.Service.EventsAsync("notifications"));
        ordering.Store.OnHand["MUG"] = 2;
        Assert.Equal(HttpStatusCode.Created, (await ordering.OrderAsync(cart, key: "again")).Status);
    }

    [Theory, EveryEngine]
    public async Task Stock_gone_and_back_while_the_release_is_lost_is_still_a_no(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        ordering.Store.OnHand["MUG"] = 0;
        foreach (var fault in new[] { Fault.FailBefore, Fault.FailAfter })
        {
            ordering.Store.Faults = (_, call) => call.EndsWith("/state", StringComparison.Ordinal) ? fault : Fault.None;
            var order = await ordering.WhileTimePassesAsync(ordering.OrderAsync(cart, key: fault.ToString()));
            // A release that is under way somewhere must never meet a reservation that is wanted.
            ordering.Store.OnHand["MUG"] = 1;
            ordering.Store.Faults = (_, _) => Fault.None;
            var end = await ordering.EndAsync(order.Id);
            Assert.Equal(("Rejected", "out_of_stock: MUG"), (end.State, end.Text("reason")));
            ordering.Store.OnHand["MUG"] = 0;
        }
    }

    [Theory, EveryEngine]
    public async Task Reservation_ran_out_before_it_was_pinned_is_reserved_once_more(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
        await ordering.PumpAsync();
        ordering.Store.Reservations[order.Id].ExpiresAt = ordering.Clock.GetUtcNow();
        ordering.Store.Payments[order.Id].State = "authorized";
        Assert.Equal("Completed", (await ordering.EndAsync(order.Id)).State);
        Assert.Equal((99, 0), (ordering.Store.OnHand["MUG"], ordering.Store.Reserved("MUG")));
    }

    [Theory, EveryEngine]
    public async Task Reservation_ran_out_and_the_stock_is_gone_is_voided_and_rejected(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
        await ordering.PumpAsync();
        ordering.Store.Reservations[order.Id].ExpiresAt = ordering.Clock.GetUtcNow();
        ordering.Store.OnHand["MUG"] = 0;
        ordering.Store.Payments[order.Id].State = "authorized";
        var end = await ordering.EndAsync(order.Id);
        Assert.Equal(("Rejected", "out_of_stock: MUG"), (end.State, end.Text("reason")));
        Assert.Equal(("voided", 0L), (ordering.Store.Payments[order.Id].State, ordering.Store.Payments[order.Id].Captured));
    }

    [Theory, EveryEngine]
    public async Task Clocks_that_differ_by_an_hour_change_nothing(Engine engine)
    {
        foreach (var hours in new[] { -1, 1 })
        {
            await using var ordering = await OrderingUnderTest.StartAsync(engine, TimeSpan.FromHours(hours));
            var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_3ds");
            await ordering.PassAsync(TimeSpan.FromMinutes(10));
            Assert.Equal("held", ordering.Store.StateOf(ordering.Store.Reservations[order.Id]));
            ordering.Store.Payments[order.Id].State = "authorized";
            Assert.Equal("Completed", (await ordering.EndAsync(order.Id)).State);
        }
    }

    [Theory, EveryEngine]
    public async Task Webhook_early_twice_and_late_only_wakes_whoever_asks(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        ordering.Store.PaymentChanged("not-here-yet");
        ordering.Store.PaymentChanged("not-here-yet");
        await ordering.PumpAsync();
        var order = await ordering.OrderAsync(ordering.Store.AddCart(("MUG", 1, 500)), "pm_card_unknown");
        ordering.Store.PaymentChanged(order.Id);
        ordering.Store.PaymentChanged(order.Id);
        await ordering.PumpAsync();
        Assert.Equal("PaymentUnknown", (await ordering.ReadAsync(order.Id)).State);
        ordering.Store.Payments[order.Id].State = "authorized";
        ordering.Store.PaymentChanged(order.Id);
        await ordering.PumpAsync(); // no time has to pass
        Assert.Equal("Completed", (await ordering.ReadAsync(order.Id)).State);
        var before = (await ordering.ReadAsync(order.Id)).Raw;
        ordering.Store.PaymentChanged(order.Id);
        await ordering.PumpAsync();
        Assert.Equal(before, (await ordering.ReadAsync(order.Id)).Raw);
    }

    [Theory, EveryEngine]
    public async Task Price_changed_since_the_quote_is_refused_with_the_new_one(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(cart));
        ordering.Store.PutCart(cart, 1, ("MUG", 1, 501));
        var refused = await ordering.PlaceAsync(json, "k");
        refused.IsRefusal(409, "order.price_changed");
        Assert.Equal(501 + 490, refused.Body.GetProperty("quote").GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Empty(ordering.Store.Payments);
        // The customer has seen it now.
        var agreed = OrderingUnderTest.OrderJson(new Answer(default, "", refused.Body.GetProperty("quote"), refused.Headers));
        Assert.Equal(501 + 490, (await ordering.PlaceAsync(agreed, "k2")).Amount("total"));
    }

    [Theory, EveryEngine]
    public async Task Cart_changed_since_the_quote_is_refused_and_during_the_checkout_keeps_its_later_lines(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(cart));
        ordering.Store.PutCart(cart, 2, ("MUG", 1, 500), ("TEE", 1, 1999));
        (await ordering.PlaceAsync(json, "k")).IsRefusal(409, "order.cart_changed");

        var order = await ordering.OrderAsync(cart, "pm_card_3ds");
        ordering.Store.PutCart(cart, 3, ("MUG", 1, 500), ("TEE", 1, 1999), ("CAP", 1, 900));
        ordering.Store.Payments[order.Id].State = "authorized";
        var end = await ordering.EndAsync(order.Id);
        Assert.Equal(["MUG", "TEE"], end.Body.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("sku").GetString()));
        Assert.Equal(500 + 1999 + 490, ordering.Store.Payments[order.Id].Captured);
        Assert.Equal("""{"cartId":"cart-1","cartVersion":2,"lines":[{"sku":"MUG","quantity":1},{"sku":"TEE","quantity":1}]}""",
            ordering.Store.CheckoutBody(order.Id));
        // What is left is another checkout.
        Assert.Equal(HttpStatusCode.Created, (await ordering.OrderAsync(cart, key: "rest")).Status);
    }

    [Theory, EveryEngine]
    public async Task Provider_says_captured_and_the_answer_was_lost_is_captured_once(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var captures = 0;
        ordering.Store.Faults = (_, call) =>
            call.EndsWith("capture", StringComparison.Ordinal) && captures++ < 3 ? Fault.FailAfter : Fault.None;
        var id = await ordering.PlacedAsync();
        Assert.Equal("Completed", (await ordering.EndAsync(id)).State);
        Assert.Equal((1, 1000 + 1999 + 490L), (ordering.Store.Payments[id].Captures, ordering.Store.Payments[id].Captured));
    }

    [Theory, EveryEngine]
    public async Task Capture_definitely_refused_is_reversed_and_somebody_is_told(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        ordering.Store.RefusesCapture = true;
        var cart = ordering.Store.AddCart(("MUG", 1, 500));
        var order = await ordering.OrderAsync(cart);
        Assert.Equal((HttpStatusCode.Created, true), (order.Status, order.History.Contains("Confirmed")));
        await ordering.PassAsync(TimeSpan.FromMinutes(1));
        var end = await ordering.ReadAsync(order.Id);
        Assert.Equal(("NeedsAttention", "refunded"), (end.State, end.Outcome));
        Assert.Equal("Refunded", end.Body.GetProperty("refunds")[0].GetProperty("state").GetString());
        Assert.Equal(("voided", "cancelled", 0, 100), (ordering.Store.Payments[order.Id].State, ordering.Store.Shipments[order.Id],
            ordering.Store.Reserved("MUG"), ordering.Store.OnHand["MUG"]));
        Assert.Equal(["OrderConfirmed", "OrderCancelled"],
            (await ordering.Service.EventsAsync("notifications")).Select(e => e.GetProperty("type").GetString()));
        // An operator cannot confirm what was taken back; the cart is free.
        (await ordering.SendAsync(HttpMethod.Post, $"/internal/orders/{order.Id}/moves", """{"state":"Confirmed","reason":"again"}""", "m", "souk"))
            .IsRefusal(409, "order.move_invalid");
        ordering.Store.RefusesCapture = false;
        Assert.Equal(HttpStatusCode.Created, (await ordering.OrderAsync(cart, key: "again")).Status);
    }
}
