namespace Souk.Simulation;

/// <summary>Somebody who lives a story: buys one thing, and asks again until somebody says yes or no.</summary>
/// <param name="store">Where.</param>
/// <param name="outside">By which way.</param>
/// <param name="name">Of nobody else in this world: what is asked under a key is asked once.</param>
sealed class Customer(Store store, Outside outside, string name)
{
    /// <summary>Fills a cart, agrees to its price and orders.</summary>
    /// <returns>The order's id.</returns>
    public async Task<string> OrderAsync(string sku, string card, int quantity = 1)
    {
        var made = await AskAsync("new cart", HttpMethod.Post, "/api/cart/carts", service: "cart");
        var cart = made.TextOrNull("id")!;
        await AskAsync("add line", HttpMethod.Put, $"/api/cart/carts/{cart}/lines/{sku}", $$"""{"quantity":{{quantity}}}""", service: "cart");
        var quote = await AskAsync("quote", HttpMethod.Post, "/api/ordering/quotes", $$"""{"cartId":"{{cart}}","country":"DE"}""");
        var placed = await AskAsync("order", HttpMethod.Post, Outside.Orders, Outside.OrderJson(cart, quote, "ada", card), "the order");
        return placed.TextOrNull("id") ?? throw new InvalidOperationException("There is no order: " + placed.Raw);
    }

    /// <summary>Looks until the order is in a state; null when it has ended otherwise.</summary>
    public async Task<Answer?> UntilAsync(string order, string state)
    {
        for (var looks = 0; looks < 120; looks++)
        {
            var seen = await SendAsync("read", "ordering", HttpMethod.Get, $"{Outside.Orders}/{order}");
            if (seen.TextOrNull("state") == state) return seen;
            if (seen.TextOrNull("state") is "Completed" or "Rejected" or "Cancelled" or "NeedsAttention") return null;
            await store.World.WaitAsync(TimeSpan.FromMilliseconds(500));
        }
        return null;
    }

    /// <summary>Asks until somebody says yes or no, always under the same key.</summary>
    public async Task<Answer> AskAsync(string action, HttpMethod method, string path, string? body = null,
        string? key = null, string caller = "gateway", string service = "ordering")
    {
        while (true)
        {
            var answer = await outside.SendAsync(action, service, method, path, body, key is null ? null : $"{name}: {key}", caller);
            if (!answer.IsUnknown && answer.TextOrNull("code") != "request.in_progress") return answer;
            await store.World.WaitAsync(TimeSpan.FromMilliseconds(700));
        }
    }

    /// <summary>Asks once.</summary>
    public Task<Answer> SendAsync(string action, string service, HttpMethod method, string path, string? body = null) =>
        outside.SendAsync(action, service, method, path, body);
}
