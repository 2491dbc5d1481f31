using System.Net;
using System.Text.Json.Nodes;

namespace Souk.PlantedBugs;

/// <summary>One order, one outcome, one answer; and the cart that it came from.</summary>
public sealed class OrderBugTests
{
    [Fact]
    public async Task Each_click_has_a_key_of_its_own_and_a_cart_can_be_bought_twice() =>
        await Verdicts.CaughtAsync(["I1", "I18", "I19"], async house =>
        {
            var clicks = 0;
            var bothAnswered = new TaskCompletionSource();
            house.Network.On("gateway", "ordering", HttpMethod.Post, "/api/ordering/orders", async (call, send) =>
            {
                if (call.Path != "/api/ordering/orders" || !call.Key.StartsWith("ada", StringComparison.Ordinal)) return await send(call);
                call.Key = "click " + Interlocked.Increment(ref clicks);
                var answer = await send(call);
                if (call.Key == "click 2") bothAnswered.TrySetResult();
                return answer;
            });
            // The first order's cart is not emptied before the second has been made of it.
            house.Network.On("ordering", "cart", HttpMethod.Put, "/internal/checkouts/", async (call, send) =>
            {
                if (Volatile.Read(ref clicks) > 0) await bothAnswered.Task.WaitAsync(Eventually.Bound);
                return await send(call);
            });
            await house.AlterAsync("ordering", "DROP INDEX orders_cart; DROP INDEX orders_cart_version");
        });

    [Fact]
    public async Task The_store_forgets_what_it_answered() => await Verdicts.CaughtAsync(["I1", "I18", "I19"], house => house.AlterAsync("ordering",
        "CREATE TRIGGER forgotten AFTER UPDATE OF status ON answered_request BEGIN DELETE FROM answered_request WHERE rowid = NEW.rowid; END"));

    /// <summary>A cancellation that takes no version, no lease and no number in the log: whoever comes after it writes over it.</summary>
    [Fact]
    public async Task Cancelling_and_confirming_both_win() => await Verdicts.CaughtAsync(["I11", "I12"], house => house.AlterAsync("ordering", """
        CREATE TABLE log (name TEXT NOT NULL, id TEXT NOT NULL, seq BIGINT NOT NULL, state TEXT NOT NULL, moved_at BIGINT NOT NULL, note TEXT);
        DROP TABLE saga_move;
        ALTER TABLE log RENAME TO saga_move;
        CREATE TRIGGER takes_no_lease AFTER UPDATE OF state ON saga WHEN NEW.state = 'Cancelling'
        BEGIN UPDATE saga SET leased_until = 0 WHERE name = NEW.name AND id = NEW.id; END;
        CREATE TRIGGER takes_no_version AFTER UPDATE OF state ON saga WHEN NEW.state = 'Cancelled'
        BEGIN UPDATE saga SET seq = 1, fence = 1 WHERE name = NEW.name AND id = NEW.id; END;
        """));

    [Fact]
    public async Task Nobody_goes_on_with_an_order_that_failed_once() =>
        await Verdicts.CaughtAsync(["I13"], house => house.Still.Add("ordering: saga checkout"));

    [Fact]
    public async Task A_fee_is_charged_that_nobody_agreed_to() => await Verdicts.CaughtAsync(["I9"], async house =>
    {
        await house.AlterAsync("ordering",
            "CREATE TRIGGER fee AFTER INSERT ON orders BEGIN UPDATE orders SET total = total + 100 WHERE id = NEW.id; END");
        foreach (var path in new[] { "/authorizations/", "/capture" })
        {
            house.Network.On("ordering", "payment", HttpMethod.Put, path, async (call, send) =>
                await send(call.WithBody(With(await call.BodyAsync(), "amount", 100))));
        }
    });

    [Fact]
    public async Task A_line_that_was_added_after_the_order_goes_with_it() =>
        await Verdicts.CaughtAsync(["I10"], house => house.Network.On("ordering", "cart", HttpMethod.Put, "/internal/checkouts/", async (call, send) =>
        {
            // The cart as it is now instead of as it was bought.
            var body = await call.BodyAsync();
            using var asked = new HttpRequestMessage(HttpMethod.Get, "/internal/carts/" + body["cartId"]!.GetValue<string>());
            using var answer = await house.Network.SendAsync("ordering", "cart", asked);
            var cart = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            body["cartVersion"] = cart["version"]!.DeepClone();
            body["lines"] = new JsonArray([.. cart["lines"]!.AsArray().Select(line => new JsonObject
            {
                ["sku"] = line!["sku"]!.DeepClone(),
                ["quantity"] = line["quantity"]!.DeepClone(),
            })]);
            return await send(call.WithBody(body));
        }));

    [Fact]
    public async Task A_cart_is_emptied_wholly() => await Verdicts.CaughtAsync(["I10"], house => house.AlterAsync("cart",
        "CREATE TRIGGER emptied AFTER INSERT ON checkout BEGIN DELETE FROM line WHERE cart_id = NEW.cart_id; END"));

    [Fact]
    public async Task What_was_bought_stays_in_the_cart() =>
        await Verdicts.CaughtAsync(["I10"], house => house.Network.On("ordering", "cart", HttpMethod.Put, "/internal/checkouts/",
            (_, _) => Task.FromResult(Call.Answer(HttpStatusCode.OK, "{}"))));

    [Fact]
    public async Task A_lost_answer_is_told_as_a_no() =>
        await Verdicts.CaughtAsync(["I18", "I19"], house => house.Network.On("gateway", "ordering", HttpMethod.Post, "/api/ordering/orders", async (call, send) =>
        {
            try
            {
                return await send(call);
            }
            catch (HttpRequestException)
            {
                return Call.Answer(HttpStatusCode.Conflict, """{"code":"order.price_changed"}""");
            }
        }));

    [Fact]
    public async Task A_page_shows_what_it_remembers() => await Verdicts.CaughtAsync(["I17"], house =>
    {
        var pages = new Dictionary<string, string>(StringComparer.Ordinal);
        house.Network.On("gateway", "ordering", HttpMethod.Get, "/api/ordering/orders/", async (call, send) =>
        {
            if (!pages.ContainsKey(call.Path)) pages[call.Path] = await (await send(call)).Content.ReadAsStringAsync();
            return Call.Answer(HttpStatusCode.OK, pages[call.Path]);
        });
    });

    internal static JsonNode With(JsonNode body, string money, long more)
    {
        body[money]!["amount"] = body[money]!["amount"]!.GetValue<long>() + more;
        return body;
    }
}
