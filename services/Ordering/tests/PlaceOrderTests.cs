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
}
