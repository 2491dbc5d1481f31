using System.Net;

namespace Souk.Ordering.Tests;

/// <summary>Orders of those who have signed in: who sees them, who may do what, and what is left of a person.</summary>
public sealed class OwnOrderTests
{
    [Theory, EveryEngine]
    public async Task An_order_belongs_to_whoever_placed_it_and_is_404_to_everybody_else(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var (amal, noor) = (ordering.Login.Customer("amal"), ordering.Login.Customer("noor"));
        var declined = await ordering.OrderForAsync(amal, "pm_card_declined");
        var id = declined.Id;
        await ordering.IdleAsync();
        Assert.All(ordering.Store.Tokens, token => Assert.Equal("cart " + amal, token));
        Assert.NotEmpty(ordering.Store.Tokens);
        Assert.DoesNotContain("amal", declined.Raw, StringComparison.Ordinal);

        var number = declined.Text("number");
        foreach (var token in new[] { null, noor, ordering.Login.Partner("orders:read") })
        {
            Answer[] answers =
            [
                await ordering.SendAsync(HttpMethod.Get, At(id), token: token),
                await ordering.SendAsync(HttpMethod.Get, At(id) + "?after=99&wait=25", token: token),
                await ordering.SendAsync(HttpMethod.Get, At("unknown"), token: token),
                await ordering.SendAsync(HttpMethod.Post, At(id) + "/cancel", token: token),
                await ordering.SendAsync(HttpMethod.Post, At(id) + "/payments", """{"paymentMethod":"pm_card_success"}""", "pay", token: token),
                await ordering.SendAsync(HttpMethod.Post, "/api/ordering/lookups", $$"""{"number":"{{number}}","email":"ada@example.com"}""", token: token),
            ];
            Assert.All(answers, answer => answer.IsRefusal(404, "order.order_unknown"));
            Assert.Single(answers.Select(answer => answer.Text("detail")).Distinct());
        }
        (await ordering.SendAsync(HttpMethod.Post, At(id) + "/cancel", token: ordering.Login.Support())).IsRefusal(404, "order.order_unknown");

        foreach (var token in new[] { amal, ordering.Login.Staff(), ordering.Login.Support() })
        {
            Assert.Equal(id, (await ordering.SendAsync(HttpMethod.Get, At(id), token: token)).Id);
        }
        var paid = await ordering.SendAsync(HttpMethod.Post, At(id) + "/payments", """{"paymentMethod":"pm_card_success"}""", "pay", token: amal);
        Assert.Equal(HttpStatusCode.Created, paid.Status);
    }

    [Theory, EveryEngine]
    public async Task A_guests_order_is_read_by_its_id_as_ever(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var id = await ordering.PlacedAsync();
        Assert.Equal(id, (await ordering.ReadAsync(id)).Id);
        Assert.Equal(id, (await ordering.SendAsync(HttpMethod.Get, At(id), token: ordering.Login.Customer("noor"))).Id);
    }

    [Theory, EveryEngine]
    public async Task The_history_is_the_own_orders_the_newest_first_in_pages(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/orders")).IsRefusal(401, "token.missing");
        var amal = ordering.Login.Customer("amal");
        var placed = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            // Two and two at once: the id decides.
            if (n % 2 == 0) ordering.Clock.Advance(TimeSpan.FromSeconds(1));
            placed.Add((await ordering.OrderForAsync(amal)).Id);
        }
        await ordering.OrderForAsync(ordering.Login.Customer("noor"));
        await ordering.PlacedAsync();
        await ordering.IdleAsync();

        var found = new List<string>();
        var after = "";
        do
        {
            var page = await ordering.SendAsync(HttpMethod.Get, $"/api/ordering/orders?limit=2&after={after}", token: amal);
            foreach (var item in page.Body.GetProperty("items").EnumerateArray())
            {
                found.Add(item.GetProperty("id").GetString()!);
                Assert.Equal(("Completed", "confirmed", 1490L), (item.GetProperty("state").GetString(), item.GetProperty("outcome").GetString(),
                    item.GetProperty("total").GetProperty("amount").GetInt64()));
            }
            after = page.Body.GetProperty("next").GetString();
        }
        while (after is not null);
        Assert.Equal(placed.Order(), found.Order());
        Assert.Equal(placed[4], found[0]);
        Assert.Equal(placed[..2].Order(), found[3..].Order());
        foreach (var wrong in new[] { "after=x", "after=1", "after=.x", "after=99999999999999999999.x", "limit=0", "limit=101" })
        {
            (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/orders?" + wrong, token: amal)).IsRefusal(400, "order.cursor_invalid");
        }
    }

    [Theory, EveryEngine]
    public async Task A_key_belongs_to_its_subject(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var (amal, noor) = (ordering.Login.Customer("amal"), ordering.Login.Customer("noor"));
        var quotes = new List<Answer>();
        for (var n = 0; n < 2; n++) quotes.Add(await ordering.QuoteAsync(ordering.Store.AddCart(("MUG", 1, 500))));
        // Declined, so that the cart stays in checkout.
        var json = OrderingUnderTest.OrderJson(quotes[0], "pm_card_declined");
        var first = await ordering.PlaceAsync(json, "k", token: amal);
        Assert.Equal(first.Raw, (await ordering.PlaceAsync(json, "k", token: amal)).Raw);
        Assert.Equal(first.Raw, (await ordering.PlaceAsync(json, "k", token: ordering.Login.Customer("amal", "another session"))).Raw);
        // Another cart under the same key is another request of the same subject, whatever the cart's id.
        (await ordering.PlaceAsync(OrderingUnderTest.OrderJson(quotes[1]), "k", token: amal)).IsRefusal(422, "request.idempotency_key_reused");
        // Another's key is nobody's: the request is a new one, and the cart is bought already.
        (await ordering.PlaceAsync(json, "k", token: noor)).IsRefusal(409, "cart.in_checkout");
        (await ordering.PlaceAsync(json, "k")).IsRefusal(409, "cart.in_checkout");
        Assert.Equal(HttpStatusCode.Created, (await ordering.PlaceAsync(OrderingUnderTest.OrderJson(quotes[1]), "k2", token: noor)).Status);
    }

    [Theory, EveryEngine]
    public async Task Staff_finds_orders_by_state_address_customer_and_time(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var staff = ordering.Login.Staff();
        var mine = (await ordering.OrderForAsync(ordering.Login.Customer("amal"))).Id;
        await ordering.IdleAsync();
        ordering.Clock.Advance(TimeSpan.FromHours(1));
        staff = ordering.Login.Staff();
        var declined = await ordering.PlacedAsync("pm_card_declined");
        await ordering.IdleAsync();
        async Task<string[]> FindAsync(string query) =>
            [.. (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/staff/orders?" + query, token: staff)).Body.GetProperty("items")
                .EnumerateArray().Select(item => item.GetProperty("id").GetString()!)];

        Assert.Equal([declined, mine], await FindAsync(""));
        Assert.Equal([mine], await FindAsync("state=Completed"));
        Assert.Equal([declined], await FindAsync("state=Declined"));
        Assert.Equal([declined, mine], await FindAsync("email=ADA@example.com"));
        Assert.Empty(await FindAsync("email=eve@example.com"));
        Assert.Equal([mine], await FindAsync("customer=amal"));
        Assert.Equal([declined], await FindAsync("since=2026-01-01T12:30:00Z"));
        Assert.Equal([declined], await FindAsync("limit=1"));

        Assert.Equal(2, (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/staff/orders", token: ordering.Login.Partner("orders:read")))
            .Body.GetProperty("items").GetArrayLength());
        (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/staff/orders", token: ordering.Login.Customer("amal"))).IsRefusal(403, "token.not_staff");
        Assert.Equal(HttpStatusCode.OK, (await ordering.SendAsync(HttpMethod.Get, "/api/ordering/staff/sagas", token: ordering.Login.Support())).Status);
    }

    [Theory, EveryEngine]
    public async Task What_staff_does_with_money_and_stock_is_kept_with_who_what_before_and_after(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var (amal, staff) = (ordering.Login.Customer("amal"), ordering.Login.Staff());
        var sold = (await ordering.OrderForAsync(amal)).Id;
        await ordering.IdleAsync();
        var refunds = $"/api/ordering/staff/orders/{sold}/refunds";
        const string Refund = """{"amount":500,"reason":"late"}""";
        (await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: ordering.Login.Support())).IsRefusal(403, "token.not_staff");
        (await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: amal)).IsRefusal(403, "token.not_staff");
        (await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: ordering.Login.Staff(secondFactor: false)))
            .IsRefusal(403, "token.second_factor_needed");
        (await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: ordering.Login.Partner("orders:read"))).IsRefusal(403, "token.scope_missing");
        var first = await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: staff);
        Assert.Equal(HttpStatusCode.Accepted, first.Status);
        Assert.Equal(first.Raw, (await ordering.SendAsync(HttpMethod.Post, refunds, Refund, "r", token: staff)).Raw);
        ordering.Clock.Advance(TimeSpan.FromSeconds(1));
        await ordering.SendAsync(HttpMethod.Post, refunds, """{"amount":300,"reason":"again"}""", "s", token: ordering.Login.Partner("orders:write"));
        await ordering.PumpAsync();
        Assert.Equal("PartiallyRefunded", (await ordering.SendAsync(HttpMethod.Get, first.Headers.Location!.ToString(), token: staff)).State);
        Assert.Equal(["refund staff-1 0 500 late", "refund partner:1 500 800 again"], await ActionsAsync(ordering, sold));

        var open = (await ordering.OrderForAsync(amal, "pm_card_declined")).Id;
        await ordering.IdleAsync();
        var cancel = $"/api/ordering/staff/orders/{open}/cancel";
        (await ordering.SendAsync(HttpMethod.Post, cancel, "{}", token: staff)).IsRefusal(400, "order.reason_invalid");
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(HttpStatusCode.OK, (await ordering.SendAsync(HttpMethod.Post, cancel, """{"reason":"fraud"}""", token: staff)).Status);
        }
        await ordering.IdleAsync();
        var ended = await ordering.SendAsync(HttpMethod.Get, At(open), token: amal);
        Assert.Equal(("cancelled", "by the store"), (ended.Outcome, ended.Text("reason")));
        Assert.Equal(["cancel staff-1 Declined Cancelling fraud"], await ActionsAsync(ordering, open));

        // What a customer does is in the order's history, and is no action of staff.
        var own = (await ordering.OrderForAsync(amal, "pm_card_declined")).Id;
        await ordering.IdleAsync();
        Assert.Equal(HttpStatusCode.OK, (await ordering.SendAsync(HttpMethod.Post, At(own) + "/cancel", token: amal)).Status);
        Assert.Empty(await ActionsAsync(ordering, own));
    }

    [Theory, EveryEngine]
    public async Task A_person_is_forgotten_and_the_amounts_stay(Engine engine)
    {
        await using var ordering = await OrderingUnderTest.StartAsync(engine);
        var amal = ordering.Login.Customer("amal");
        var ended = (await ordering.OrderForAsync(amal)).Id;
        var open = (await ordering.OrderForAsync(amal, "pm_card_declined")).Id;
        var others = (await ordering.OrderForAsync(ordering.Login.Customer("noor"))).Id;
        await ordering.IdleAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await ordering.SendAsync(HttpMethod.Get, "/internal/people/amal")).Status);
        var held = await ordering.SendAsync(HttpMethod.Get, "/internal/people/amal", caller: "settings");
        Assert.Equal([open, ended], held.Body.GetProperty("orders").EnumerateArray().Select(order => order.GetProperty("id").GetString()!)
            .OrderBy(id => id == ended));
        Assert.Contains("Street 1", held.Raw, StringComparison.Ordinal);
        Assert.Equal("""{"erased":[{"what":"orders","count":0,"ids":[]}],"kept":[{"what":"orders","count":2,"why":"under_way"}]}""",
            (await ordering.SendAsync(HttpMethod.Delete, "/internal/people/amal", caller: "settings")).Raw);
        ordering.Store.ShipmentChanged(ended, "delivered", ("T1", "delivered"));
        await ordering.PumpAsync();

        var forgotten = await ordering.SendAsync(HttpMethod.Delete, "/internal/people/amal", caller: "settings");
        Assert.Equal($$"""{"erased":[{"what":"orders","count":1,"ids":["{{ended}}"]}],"kept":[{"what":"amounts","count":1,"why":"law"},{"what":"orders","count":1,"why":"under_way"}]}""",
            forgotten.Raw);
        (await ordering.SendAsync(HttpMethod.Get, At(ended), token: amal)).IsRefusal(404, "order.order_unknown");
        (await ordering.ReadAsync(ended)).IsRefusal(404, "order.order_unknown");
        var left = await ordering.SendAsync(HttpMethod.Get, At(ended), token: ordering.Login.Staff());
        Assert.Equal(("Completed", 1490L, "MUG", "DE"), (left.State, left.Amount("total"), left.Body.GetProperty("lines")[0].GetProperty("sku").GetString(),
            left.Body.GetProperty("shippingAddress").GetProperty("country").GetString()));

        // The other card ends the one under way; what is asked again forgets it, too.
        await ordering.SendAsync(HttpMethod.Post, At(open) + "/cancel", token: amal);
        await ordering.IdleAsync();
        Assert.Contains("\"count\":1,\"ids\":[\"" + open, (await ordering.SendAsync(HttpMethod.Delete, "/internal/people/amal", caller: "settings")).Raw,
            StringComparison.Ordinal);
        Assert.Equal("""{"erased":[{"what":"orders","count":0,"ids":[]}],"kept":[]}""",
            (await ordering.SendAsync(HttpMethod.Delete, "/internal/people/amal", caller: "settings")).Raw);

        foreach (var table in new[] { "orders", "outbox", "answered_request", "refund", "saga_move" })
        {
            var rows = await ordering.Database.ReadAsync(session => session.QueryAsync(
                $"SELECT * FROM {Sql.Text(table)}", row => string.Join('|', Enumerable.Range(0, 40).Select(at => Cell(row, at)))));
            Assert.All(rows.Where(row => row.Contains(ended, StringComparison.Ordinal) || row.Contains(open, StringComparison.Ordinal)), row =>
            {
                foreach (var trace in (string[])["ada@example.com", "Street 1", "Ada", "Berlin", "10115"])
                {
                    Assert.DoesNotContain(trace, row, StringComparison.Ordinal);
                }
            });
        }
        Assert.Contains("ada@example.com", (await ordering.SendAsync(HttpMethod.Get, At(others), token: ordering.Login.Customer("noor"))).Raw,
            StringComparison.Ordinal);
    }

    static string At(string id) => "/api/ordering/orders/" + id;

    static string Cell(Row row, int at)
    {
        try
        {
            var text = row.TextOrNull(at) ?? "";
            // Answers are kept in Base64.
            return at == 8 && text.Length > 100 ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text)) : text;
        }
        catch (Exception error) when (error is InvalidCastException or IndexOutOfRangeException or ArgumentOutOfRangeException or FormatException)
        {
            return "";
        }
    }

    static async Task<List<string>> ActionsAsync(OrderingUnderTest ordering, string id)
    {
        var order = await ordering.SendAsync(HttpMethod.Get, $"/api/ordering/staff/orders/{id}", token: ordering.Login.Support());
        return [.. order.Body.GetProperty("actions").EnumerateArray().Select(action => string.Join(' ',
            ((string[])["what", "by", "was", "became", "reason"]).Select(member => action.GetProperty(member).GetString())))];
    }
}
