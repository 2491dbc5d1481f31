namespace Souk.Simulation;

/// <summary>
/// Short stories of one order each, that together come by everything a checkout can do. They reach their end whatever strikes
/// on the way.
/// </summary>
static class Stories
{
    public static readonly IReadOnlyDictionary<string, Func<Customer, Task>> All = new SortedDictionary<string, Func<Customer, Task>>(StringComparer.Ordinal)
    {
        ["bought"] = async customer => await customer.OrderAsync("MUG", "pm_card_success"),
        ["cancelled while the bank asks"] = async customer =>
        {
            var order = await customer.OrderAsync("TEE", "pm_card_3ds");
            await customer.UntilAsync(order, "AwaitingCustomer");
            await customer.AskAsync("cancel", HttpMethod.Post, $"{Outside.Orders}/{order}/cancel");
        },
        ["confirmed by the bank"] = async customer =>
        {
            var order = await customer.OrderAsync("BOWL", "pm_card_3ds");
            if (await customer.UntilAsync(order, "AwaitingCustomer") is not { } seen) return;
            var address = new Uri(seen.Body.GetProperty("payment").GetProperty("nextActionUrl").GetString()!).AbsolutePath;
            await customer.SendAsync("bank", "sandbox", HttpMethod.Post, address, "answer=approve");
        },
        ["declined, then another card"] = async customer =>
        {
            var order = await customer.OrderAsync("CUP", "pm_card_declined");
            if (await customer.UntilAsync(order, "Declined") is null) return;
            await customer.AskAsync("pay", HttpMethod.Post, $"{Outside.Orders}/{order}/payments", """{"paymentMethod":"pm_card_success"}""", "another card");
        },
        ["nobody knows for a while"] = async customer => await customer.OrderAsync("TRAY", "pm_card_timeout_after"),
        ["nothing left of it"] = async customer => await customer.OrderAsync("LAMP", "pm_card_success", quantity: 4),
        ["sent back"] = async customer =>
        {
            var order = await customer.OrderAsync("RUG", "pm_card_success");
            if (await customer.UntilAsync(order, "Completed") is null) return;
            await customer.AskAsync("refund", HttpMethod.Post, $"{Outside.Orders}/{order}/refunds", """{"reason":"Brought back"}""", "back", "console");
        },
    };
}
