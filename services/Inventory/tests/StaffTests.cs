using System.Text;

namespace Souk.Inventory.Tests;

/// <summary>Stock in the hands of staff and of partners' programs.</summary>
public sealed class StaffTests
{
    [Theory, EveryEngine]
    public async Task Staff_receives_and_corrects_and_the_audit_names_the_person(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A/1", 3), ("A/2", 0), ("B", 50));
        var staff = inventory.Login.Staff("noor");
        const string Receipt = """{"quantity":4,"reason":"Delivery 7"}""";
        foreach (var (token, code) in new[]
        {
            (null, "401 token.missing"), (inventory.Login.Customer("amal"), "403 token.not_staff"), (inventory.Login.Support(), "403 token.not_staff"),
            (inventory.Login.Staff(secondFactor: false), "403 token.second_factor_needed"), (inventory.Login.Partner("stock:read"), "403 token.scope_missing"),
        })
        {
            var refused = await PostAsync(inventory, "A%2F1/receipts", Receipt, token, "k");
            Assert.Equal(code, $"{(int)refused.Status} {refused.Code}");
        }
        Assert.Equal((7, 0, 2), (await PostAsync(inventory, "A%2F1/receipts", Receipt, staff, "k")).Stock);
        Assert.Equal((7, 0, 2), (await PostAsync(inventory, "A%2F1/receipts", Receipt, staff, "k")).Stock);
        // The same key of another is another's, also where that is a service.
        Assert.Equal((9, 0, 3), (await PostAsync(inventory, "A%2F1/receipts", """{"quantity":2,"reason":"Delivery 8"}""", inventory.Login.Partner("stock:write"), "k")).Stock);
        Assert.Equal((14, 0, 4), (await inventory.ReceiveAsync("A/1", 5, "k")).Stock);
        Assert.Equal((12, 0, 5), (await PostAsync(inventory, "A%2F1/corrections", """{"onHand":12,"reason":"Counted"}""", staff, "c")).Stock);

        var audit = await GetAsync(inventory, "/A%2F1/audit", inventory.Login.Support());
        Assert.Equal(["correction noor 14 12", "receipt souk 9 14", "receipt partner:1 7 9", "receipt noor 3 7", "opening catalog 0 3"],
            audit.Body.GetProperty("items").EnumerateArray().Select(entry =>
                $"{entry.GetProperty("kind")} {entry.GetProperty("by")} {entry.GetProperty("onHandBefore")} {entry.GetProperty("onHandAfter")}"));
    }

    [Theory, EveryEngine]
    public async Task Staff_lists_stock_in_pages_and_what_runs_low(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A/1", 3), ("A/2", 0), ("B", 50), ("A_3", 7));
        await inventory.PromiseAsync("B", 49);
        async Task<(string Skus, string? Next)> ListAsync(string query)
        {
            var page = (await GetAsync(inventory, "?" + query, inventory.Login.Staff())).Body;
            return (string.Join(' ', page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("sku").GetString())),
                page.GetProperty("next").GetString());
        }

        Assert.Equal(("A/1 A/2 A_3 B", null), await ListAsync(""));
        Assert.Equal(("A/1 A/2", "A/2"), await ListAsync("limit=2"));
        Assert.Equal(("A_3 B", "B"), await ListAsync("limit=2&after=A%2F2"));
        Assert.Equal(("A/2 B", null), await ListAsync("below=2"));
        Assert.Equal(("A_3", null), await ListAsync("query=A_"));
        (await GetAsync(inventory, "?limit=501", inventory.Login.Staff())).IsRefusal(400, "inventory.stock.list_invalid");
        (await GetAsync(inventory, "", inventory.Login.Customer("amal"))).IsRefusal(403, "token.not_staff");
    }

    static async Task<Answer> GetAsync(InventoryUnderTest inventory, string address, string token) =>
        await Answer.OfAsync(await inventory.Service.Http.With(token).GetAsync("/api/inventory/staff/stock" + address));

    static async Task<Answer> PostAsync(InventoryUnderTest inventory, string address, string json, string? token, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/inventory/staff/stock/" + address)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("Idempotency-Key", key);
        var http = inventory.Service.Http;
        if (token is not null) http.With(token);
        return await Answer.OfAsync(await http.SendAsync(request));
    }
}
