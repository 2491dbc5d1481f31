using System.Globalization;

namespace Souk.Simulation;

/// <summary>
/// Short stories of one order each, that together come by everything a checkout can do. They ask again until somebody says yes
/// or no, so that they reach their end whatever strikes on the way.
/// </summary>
static class Stories
{
    const string Orders = "/api/ordering/orders";

    public static readonly IReadOnlyDictionary<string, Func<Store, Outside, Task>> All = new SortedDictionary<string, Func<Store, Outside, Task>>(StringComparer.Ordinal)
    {
        ["bought"] = async (store, outside) => await OrderAsync(store, outside, "MUG", "pm_card_success"),
        ["cancelled while the bank asks"] = async (store, outside) =>
        {
            var order = await OrderAsync(store, outside, "TEE", "pm_card_3ds");
            await UntilAsync(store, outside, order, "AwaitingCustomer");
            await AskAsync(store, outside, "cancel", HttpMethod.Post, $"{Orders}/{order}/cancel");
        },
        ["confirmed by the bank"] = async (store, outside) =>
        {
            var order = await OrderAsync(store, outside, "BOWL", "pm_card_3ds");
            if (await UntilAsync(store, outside, order, "AwaitingCustomer") is not { } seen) return;
            var address = new Uri(seen.Body.GetProperty("payment").GetProperty("nextActionUrl").GetString()!).AbsolutePath;
            await outside.SendAsync("bank", "sandbox", HttpMethod.Post, address, "answer=approve");
        },
        ["declined, then another card"] = async (store, outside) =>
        {
            var order = await OrderAsync(store, outside, "CUP", "pm_card_declined");
            if (await UntilAsync(store, outside, order, "Declined") is null) return;
            await AskAsync(store, outside, "pay", HttpMethod.Post, $"{Orders}/{order}/payments", """{"paymentMethod":"pm_card_success"}""", "another card");
        },
        ["nobody knows for a while"] = async (store, outside) => await OrderAsync(store, outside, "TRAY", "pm_card_timeout_after"),
        ["nothing left of it"] = async (store, outside) => await OrderAsync(store, outside, "LAMP", "pm_card_success", quantity: 4),
        ["sent back"] = async (store, outside) =>
        {
            var order = await OrderAsync(store, outside, "RUG", "pm_card_success");
            if (await UntilAsync(store, outside, order, "Completed") is null) return;
            await AskAsync(store, outside, "refund", HttpMethod.Post, $"{Orders}/{order}/refunds", """{"reason":"Brought back"}""", "back", "console");
        },
    };

    static async Task<string> OrderAsync(Store store, Outside outside, string sku, string card, int quantity = 1)
    {
        var made = await AskAsync(store, outside, "new cart", HttpMethod.Post, "/api/cart/carts", service: "cart");
        var cart = made.TextOrNull("id")!;
        await AskAsync(store, outside, "add line", HttpMethod.Put, $"/api/cart/carts/{cart}/lines/{sku}", $$"""{"quantity":{{quantity}}}""", service: "cart");
        var quote = await AskAsync(store, outside, "quote", HttpMethod.Post, "/api/ordering/quotes", $$"""{"cartId":"{{cart}}","country":"DE"}""");
        var placed = await AskAsync(store, outside, "order", HttpMethod.Post, Orders, string.Create(CultureInfo.InvariantCulture, $$"""
            {"cartId":"{{cart}}","cartVersion":{{quote.Body.GetProperty("cartVersion").GetInt64()}},"quoteHash":"{{quote.TextOrNull("quoteHash")}}",
            "email":"ada@example.com","shippingAddress":{"name":"Ada","line1":"Street 1","city":"Berlin","postalCode":"10115","country":"DE"},
            "shippingOption":"{{quote.TextOrNull("shippingOption")}}","paymentMethod":"{{card}}"}
            """), "the order");
        return placed.TextOrNull("id") ?? throw new InvalidOperationException("There is no order: " + placed.Raw);
    }

    /// <summary>Looks until the order is in a state; null when it has ended otherwise.</summary>
    static async Task<Answer?> UntilAsync(Store store, Outside outside, string order, string state)
    {
        for (var looks = 0; looks < 120; looks++)
        {
            var seen = await outside.SendAsync("read", "ordering", HttpMethod.Get, $"{Orders}/{order}");
            if (seen.TextOrNull("state") == state) return seen;
            if (seen.TextOrNull("state") is "Completed" or "Rejected" or "Cancelled" or "NeedsAttention") return null;
            await store.World.WaitAsync(TimeSpan.FromMilliseconds(500));
        }
        return null;
    }

    static async Task<Answer> AskAsync(Store store, Outside outside, string action, HttpMethod method, string path, string? body = null,
        string? key = null, string caller = "gateway", string service = "ordering")
    {
        while (true)
        {
            var answer = await outside.SendAsync(action, service, method, path, body, key, caller);
            if (!answer.IsUnknown && answer.TextOrNull("code") != "request.in_progress") return answer;
            await store.World.WaitAsync(TimeSpan.FromMilliseconds(700));
        }
    }
}
