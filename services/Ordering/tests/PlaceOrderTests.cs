using System.Net;

namespace Souk.Ordering.Tests;

public sealed class PlaceOrderTests
{
    [Theory, EveryEngine]
    public async Task With_nothing_slow_it_is_answered_with_the_confirmed_order_which_then_completes_by_itself(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 2, 500), ("TEE", 1, 1999));
        var order = await ordering.OrderAsync(cart);
        Assert.Equal(HttpStatusCode.Created, order.Status);
        Assert.Equal("confirmed", order.Outcome);
        Assert.Equal("/api/ordering/orders/" + order.Id, order.Headers.Location?.ToString());
        Assert.Equal(2 * 500 + 1999 + 490, order.Amount("total"));

        await ordering.IdleAsync();
        var read = await ordering.ReadAsync(order.Id);
        Assert.Equal(["Placed", "Reserved", "Authorizing", "Authorized", "Pinned", "Confirmed", "Captured", "StockCommitted",
            "ShipmentRequested", "Completed"], read.History);
        Assert.Equal((2 * 500 + 1999 + 490L, 98, 99), (ordering.Store.Payments[order.Id].Captured, ordering.Store.OnHand["MUG"], ordering.Store.OnHand["TEE"]));
        Assert.Equal([order.Id], ordering.Store.CheckedOut);
        Assert.Equal("captured", read.Body.GetProperty("payment").GetProperty("state").GetString());
        // One read of the cart for the quote and one for the order; the options are remembered.
        Assert.Equal(2, ordering.Store.Calls.Count(call => call.StartsWith("GET cart", StringComparison.Ordinal)));
        Assert.Single(ordering.Store.Calls, call => call.StartsWith("GET shipping", StringComparison.Ordinal));

        var events = await ordering.Service.EventsAsync("notifications");
        Assert.Equal(["OrderConfirmed"], events.Select(e => e.GetProperty("type").GetString()));
    }

    [Theory, EveryEngine]
    public async Task Prices_and_totals_are_the_server_s_alone(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        var order = await ordering.PlaceAsync(json[..^1] +
            ""","unit_price":1,"unitPrice":{"amount":1},"total":{"amount":1,"currency":"EUR"},"state":"Completed","lines":[],"user_id":"eve"}""", "k");
        Assert.Equal((HttpStatusCode.Created, 990L), (order.Status, order.Amount("total")));
        Assert.Equal(990, ordering.Store.Payments[order.Id].Amount);
    }

    [Theory, EveryEngine]
    public async Task A_card_s_number_in_any_field_is_refused_and_kept_nowhere(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        foreach (var (field, with) in new[] { ("pm_card_success", "4242424242424242"), ("pm_card_success", "4242-4242 4242 4242"),
            ("Street 1", "Street 4242 4242 4242 4242"), ("Ada", "378282246310005") })
        {
            (await ordering.PlaceAsync(json.Replace(field, with, StringComparison.Ordinal), "k")).IsRefusal(400, "order.card_number");
        }
        var order = await ordering.PlaceAsync(json.Replace("pm_card_success", "pm_1424242424242424242x", StringComparison.Ordinal), "k");
        Assert.Equal(HttpStatusCode.Created, order.Status);
    }

    [Theory]
    [InlineData("\"ada@example.com\"", "\"ada\"", "order.email_invalid"), InlineData("\"ada@example.com\"", "\"a@b.de,c@d.de\"", "order.email_invalid")]
    [InlineData("\"DE\"", "\"de\"", "order.country_invalid"), InlineData("\"Berlin\"", "\"\"", "order.city_invalid")]
    [InlineData("\"Ada\"", "\"A\\u0000\"", "order.name_invalid"), InlineData("\"standard\"", "\"rocket\"", "order.shipping_option_unknown")]
    [InlineData("\"pm_card_success\"", "null", "order.payment_method_invalid"), InlineData("\"cartVersion\":1", "\"cartVersion\":0", "order.cart_version_invalid")]
    public async Task What_is_wrong_is_said_before_anybody_is_asked(string right, string wrong, string code)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(Engine.Sqlite);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        Assert.Contains(right, json, StringComparison.Ordinal);
        (await ordering.PlaceAsync(json.Replace(right, wrong, StringComparison.Ordinal), "k")).IsRefusal(400, code);
        Assert.Empty(ordering.Store.Payments);
    }

    [Theory, EveryEngine]
    public async Task A_cart_that_does_not_answer_is_a_fault_within_300_ms_and_the_same_key_orders_later(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var json = OrderingUnderTest.OrderJson(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        var reads = ordering.Store.Calls.Count;
        ordering.Store.Faults = (_, call) => call.StartsWith("GET cart", StringComparison.Ordinal) ? Fault.Hang : Fault.None;
        var placing = ordering.PlaceAsync(json, "k");
        await Eventually.HoldsAsync("Cart is asked", () => ordering.Store.Calls.Count > reads);
        ordering.Clock.Advance(TimeSpan.FromMilliseconds(250));
        (await placing).IsRefusal(503, "dependency.unavailable");
        ordering.Store.Faults = (_, _) => Fault.None;
        Assert.Equal(HttpStatusCode.Created, (await ordering.PlaceAsync(json, "k")).Status);
    }

    [Theory, EveryEngine]
    public async Task A_quote_shows_every_way_to_send_and_the_tax_within(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var cart = ordering.Store.AddCart(("MUG", 2, 500));
        var quote = await ordering.QuoteAsync(cart, option: "express");
        Assert.Equal((1000L, 1490L, 2490L, 398L), (quote.Amount("itemsTotal"), quote.Amount("shipping"), quote.Amount("total"), quote.Amount("tax")));
        Assert.Equal(["standard", "express"], quote.Body.GetProperty("shippingOptions").EnumerateArray().Select(option => option.GetProperty("id").GetString()));
        (await ordering.QuoteAsync("nobody")).IsRefusal(404, "cart.cart_unknown");
        (await ordering.QuoteAsync(ordering.Store.AddCart())).IsRefusal(422, "order.cart_empty");
        (await ordering.QuoteAsync(cart, "Germany")).IsRefusal(400, "order.country_invalid");
    }
}
