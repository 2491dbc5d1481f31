namespace Souk.Simulation;

/// <summary>
/// Somebody who comes to buy something: clicks twice, loses the line, asks again under the same key, pays with cards of all
/// kinds, changes their mind, and sends things back.
/// </summary>
sealed class Shopper(Store store, Outside outside, Chance chance, string name)
{
    const int TriesMax = 8;

    static readonly string[] Skus = ["MUG", "TEE", "BOWL", "CUP", "RUG", "TRAY", "VASE", "LAMP"];

    static readonly (string Token, double Share)[] Cards =
    [
        ("pm_card_success", 0.7), ("pm_card_mastercard", 0.08), ("pm_card_declined", 0.05), ("pm_card_insufficient_funds", 0.02),
        ("pm_card_3ds", 0.07), ("pm_card_timeout_after", 0.04), ("pm_card_timeout_before", 0.04),
    ];

    public async Task ShopAsync()
    {
        if (await TryAsync("new cart", "cart", HttpMethod.Post, "/api/cart/carts") is not { IsOk: true } made) return;
        var cart = made.TextOrNull("id")!;
        for (var lines = chance.Is(0.6) ? 1 : 1 + chance.Below(3); lines > 0; lines--) await TakeAsync(cart);

        if (await OrderAsync(cart) is not { } order) return;
        if (chance.Is(0.08)) await TakeAsync(cart); // for the next time
        if (chance.Is(0.08)) store.World.Begin(() => CancelAsync(order));
        await FollowAsync(order);
    }

    async Task TakeAsync(string cart)
    {
        // Most want what there is plenty of.
        var sku = Skus[chance.Is(0.85) ? chance.Below(4) : chance.Below(Skus.Length)];
        await TryAsync("add line", "cart", HttpMethod.Put, $"/api/cart/carts/{cart}/lines/{sku}", $$"""{"quantity":{{1 + chance.Below(3)}}}""");
    }

    /// <summary>Looks at the price, agrees and orders. The order's id; null: there is none, or nobody knows.</summary>
    async Task<string?> OrderAsync(string cart)
    {
        for (var agreements = 0; agreements < 3; agreements++)
        {
            var quote = await TryAsync("quote", "ordering", HttpMethod.Post, "/api/ordering/quotes", $$"""{"cartId":"{{cart}}","country":"DE"}""");
            if (!quote.IsOk) return null;
            var body = Outside.OrderJson(cart, quote, name, Card());
            var key = $"{name} {agreements}";
            if (chance.Is(0.08)) store.World.Begin(() => outside.SendAsync("order", "ordering", HttpMethod.Post, Outside.Orders, body, key)); // a double click
            var answer = await TryAsync("order", "ordering", HttpMethod.Post, Outside.Orders, body, key);
            if (answer.IsOk && chance.Is(0.05)) await TryAsync("order", "ordering", HttpMethod.Post, Outside.Orders, body, key); // the page is loaded again
            if (answer.IsOk) return answer.TextOrNull("id");
            if (answer.TextOrNull("code") is not ("order.price_changed" or "order.cart_changed")) return null;
        }
        return null;
    }

    async Task FollowAsync(string order)
    {
        if (chance.Is(0.1)) return; // the browser is closed, and nothing depends on it
        for (var looks = 0; looks < 12; looks++)
        {
            await store.World.WaitAsync(chance.Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1 + looks)));
            var seen = await outside.SendAsync("read", "ordering", HttpMethod.Get, $"{Outside.Orders}/{order}");
            if (!seen.IsOk) continue;
            switch (seen.TextOrNull("state"))
            {
                case "AwaitingCustomer":
                    if (chance.Is(0.15)) return; // goes away
                    await BankAsync(seen);
                    break;
                case "Declined":
                    if (chance.Is(0.4)) return;
                    await TryAsync("pay", "ordering", HttpMethod.Post, $"{Outside.Orders}/{order}/payments", $$"""{"paymentMethod":"{{Card()}}"}""", $"{name} pays {looks}");
                    break;
                case "Rejected" or "Cancelled":
                    return;
                case "Completed":
                    if (chance.Is(0.1)) await ReturnAsync(order, seen);
                    return;
            }
        }
    }

    /// <summary>The bank asks the customer on a page of the provider's.</summary>
    async Task BankAsync(Answer seen)
    {
        if (!seen.Body.GetProperty("payment").TryGetProperty("nextActionUrl", out var next) || next.GetString() is not { } address) return;
        await outside.SendAsync("bank", "sandbox", HttpMethod.Post, new Uri(address).AbsolutePath, chance.Is(0.8) ? "answer=approve" : "answer=refuse");
    }

    async Task CancelAsync(string order)
    {
        await store.World.WaitAsync(chance.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(chance.Is(0.7) ? 60 : 5000)));
        await TryAsync("cancel", "ordering", HttpMethod.Post, $"{Outside.Orders}/{order}/cancel");
    }

    /// <summary>Staff gives money back for a line, or for all.</summary>
    async Task ReturnAsync(string order, Answer seen)
    {
        var sku = seen.Body.GetProperty("lines")[0].GetProperty("sku").GetString();
        var body = chance.Is(0.5) ? """{"reason":"Brought back"}""" : $$"""{"lines":[{"sku":"{{sku}}","quantity":1}],"reason":"Too small"}""";
        await TryAsync("refund", "ordering", HttpMethod.Post, $"{Outside.Orders}/{order}/refunds", body, $"{name} returns", "console");
    }

    /// <summary>Asks until somebody says yes or no, always under the same key.</summary>
    async Task<Answer> TryAsync(string action, string callee, HttpMethod method, string path, string? body = null, string? key = null, string caller = "gateway")
    {
        for (var tries = 1; ; tries++)
        {
            var answer = await outside.SendAsync(action, callee, method, path, body, key, caller);
            var isOpen = answer.IsUnknown || answer.TextOrNull("code") == "request.in_progress";
            if (!isOpen || tries == TriesMax) return answer;
            await store.World.WaitAsync(chance.Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(tries)));
        }
    }

    string Card()
    {
        var at = chance.NextDouble();
        foreach (var (token, share) in Cards)
        {
            if ((at -= share) < 0) return token;
        }
        return Cards[0].Token;
    }
}
