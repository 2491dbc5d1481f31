using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.PlantedBugs;

/// <summary>
/// A day in the store: seven orders that end in every way there is, with what a network and impatient people do to them. A
/// store without a bug comes out of it with nothing wrong.
/// </summary>
sealed class Day
{
    const int LostTries = 2;

    readonly House _house;
    readonly Dictionary<string, int> _unheard = new(StringComparer.Ordinal);
    bool _isLineCut;
    string? _secondTab;

    Day(House house)
    {
        _house = house;
        // The bank has done it, and twice nobody hears of it.
        house.Network.On("payment", "sandbox", HttpMethod.Post, "/v1/authorizations", async (call, send) =>
        {
            var body = await call.BodyAsync();
            var answer = await send(call);
            if (body["paymentMethod"]?.GetValue<string>() != Shopper.Unheard) return answer;
            var reference = body["reference"]!.GetValue<string>();
            _unheard[reference] = _unheard.GetValueOrDefault(reference) + 1;
            return _unheard[reference] <= LostTries ? throw Call.Lost() : answer;
        });
        // The shopper's own line is cut, once.
        house.Network.On("gateway", "ordering", HttpMethod.Post, "/api/ordering/orders", async (call, send) =>
        {
            var answer = await send(call);
            return _isLineCut ? throw Call.Lost() : answer;
        });
        // In a second tab somebody cancels while the first still waits for the payment.
        house.Network.On("ordering", "payment", HttpMethod.Put, "/authorizations/", async (call, send) =>
        {
            var answer = await send(call);
            if (_secondTab is null) return answer;
            _secondTab = null;
            await Shopper.CancelAsync(_house, call.Path.Split('/')[3]);
            return answer;
        });
    }

    /// <summary>Lives through it, until everything that moves by itself has come to rest.</summary>
    public static async Task SpendAsync(House house)
    {
        var day = new Day(house);
        await day.OpenAsync();
        await day.TheLastOneAsync();
        var ada = await day.AdaClicksTwiceAsync();
        await day.AnotherCardAsync();
        await day.NoMoneyAsync();
        await day.CancelledWhileNobodyKnowsAsync();
        var gus = await day.NobodyKnowsForAWhileAsync();
        await day.CancelledInASecondTabAsync();
        foreach (var seconds in new[] { 1, 2, 4, 10, 30 }) await house.PassAsync(TimeSpan.FromSeconds(seconds));

        await Shopper.RefundAsync(house, ada, new { lines = new[] { new { sku = "TEE", quantity = 1 } }, reason = "Too small" }, "refund ada");
        await Shopper.RefundAsync(house, gus, new { reason = "Never liked it" }, "refund gus");
        await house.TurnAsync();
        // The carrier walks, and who waits for another card gives up.
        foreach (var minutes in new[] { 1, 1, 15, 1, 1, 1 }) await house.PassAsync(TimeSpan.FromMinutes(minutes));
        await Shopper.ReadAsync(house, ada);
        await Shopper.ReadAsync(house, gus);
    }

    async Task OpenAsync()
    {
        await ImportAsync("mug,Mug,MUG,20,12.50,400", "tee,Tee,TEE,10,19.99,200", "lamp,Lamp,LAMP,1,89.00,2000");
        await ImportAsync("tee,Tee,TEE,10,17.99,200");
        await ImportAsync("bowl,Bowl,BOWL,30,24.00,300");
        await ImportAsync("lamp,Desk lamp,LAMP,1,89.00,2000");
        await _house.TurnAsync();
    }

    /// <summary>Two want the last one. The first hears nothing of it, and asks again under the same key.</summary>
    async Task TheLastOneAsync()
    {
        var (ben, cleo) = (await Shopper.EnterAsync(_house), await Shopper.EnterAsync(_house));
        await ben.TakeAsync("LAMP", 1);
        await cleo.TakeAsync("LAMP", 1);
        var (first, second) = (await ben.AgreeAsync(Shopper.Accepted), await cleo.AgreeAsync(Shopper.Accepted));
        _isLineCut = true;
        await ben.OrderAsync(first, "ben");
        _isLineCut = false;
        await ben.OrderAsync(first, "ben");
        await cleo.OrderAsync(second, "cleo");
        await _house.IdleAsync();
    }

    /// <summary>Two clicks at once, and later a third.</summary>
    async Task<string> AdaClicksTwiceAsync()
    {
        var ada = await Shopper.EnterAsync(_house);
        await ada.TakeAsync("MUG", 2);
        await ada.TakeAsync("TEE", 1);
        var agreed = await ada.AgreeAsync(Shopper.Accepted);
        var clicks = await Task.WhenAll(ada.OrderAsync(agreed, "ada"), ada.OrderAsync(agreed, "ada"));
        await _house.IdleAsync();
        await ada.OrderAsync(agreed, "ada");
        return clicks.First(click => click.Status == HttpStatusCode.Created).Text("id");
    }

    /// <summary>
    /// The first card is declined, and meanwhile the cart cannot be ordered again. Something more goes into it, and another card
    /// pays for what was ordered.
    /// </summary>
    async Task AnotherCardAsync()
    {
        var dan = await Shopper.EnterAsync(_house);
        var order = (await dan.BuyAsync("MUG", 1, Shopper.Declined, "dan")).Text("id");
        await Shopper.ReadAsync(_house, order);
        await dan.OrderAsync(await dan.AgreeAsync(Shopper.Accepted), "dan again");
        await dan.TakeAsync("TEE", 1);
        await dan.PayAsync(order, Shopper.Accepted, "dan pays");
        await _house.IdleAsync();
        await Shopper.ReadAsync(_house, order);
    }

    async Task NoMoneyAsync() => await (await Shopper.EnterAsync(_house)).BuyAsync("MUG", 1, Shopper.Declined, "eve");

    async Task CancelledWhileNobodyKnowsAsync()
    {
        var order = await (await Shopper.EnterAsync(_house)).BuyAsync("MUG", 1, Shopper.Unheard, "finn");
        await Shopper.CancelAsync(_house, order.Text("id"));
        await _house.IdleAsync();
    }

    async Task<string> NobodyKnowsForAWhileAsync() =>
        (await (await Shopper.EnterAsync(_house)).BuyAsync("BOWL", 2, Shopper.Unheard, "gus")).Text("id");

    async Task CancelledInASecondTabAsync()
    {
        _secondTab = "open";
        await (await Shopper.EnterAsync(_house)).BuyAsync("BOWL", 1, Shopper.Accepted, "hal");
        await _house.IdleAsync();
    }

    async Task ImportAsync(params string[] products)
    {
        var csv = new StringBuilder("Handle,Title,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Grams\n");
        foreach (var product in products)
        {
            var (handle, title, rest) = (product.Split(',')[0], product.Split(',')[1], string.Join(',', product.Split(',')[2..]));
            csv.Append(CultureInfo.InvariantCulture, $"{handle},{title},true,Title,Default Title,{rest}\n");
        }
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/imports") { Content = new StringContent(csv.ToString(), Encoding.UTF8, "text/csv") };
        using var answer = await _house.Network.SendAsync("souk", "catalog", request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode && JsonNode.Parse(text.Trim().Split('\n')[^1])!["refusedTotal"]!.GetValue<int>() == 0, text);
    }
}
