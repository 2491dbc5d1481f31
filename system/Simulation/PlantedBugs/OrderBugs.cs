using System.Net;
using System.Text.Json.Nodes;

namespace Souk.Simulation.PlantedBugs;

/// <summary>One order, one outcome, one answer; and the cart that it came from.</summary>
static class OrderBugs
{
    const string Orders = "/api/ordering/orders";

    public static readonly IReadOnlyList<PlantedBug> All =
    [
        new("Each click has a key of its own and a cart can be bought twice", ["I1", "I18", "I19"], store =>
        {
            var clicks = 0;
            store.On("gateway", "ordering", HttpMethod.Post, Orders, async (call, send) =>
                await send(call.Path == Orders ? await call.WithKeyAsync("click " + ++clicks) : call));
            store.Alter("ordering", "DROP INDEX orders_cart; DROP INDEX orders_cart_version");
        }),
        new("The store forgets what it answered", ["I1", "I18", "I19"], store => store.Alter("ordering",
            "CREATE TRIGGER forgotten AFTER UPDATE OF status ON answered_request BEGIN DELETE FROM answered_request WHERE rowid = NEW.rowid; END")),
        // A cancellation that takes no version, no lease and no number in the log: whoever comes after it writes over it.
        new("Cancelling and confirming both win", ["I11", "I12"], store => store.Alter("ordering", """
            CREATE TABLE log (name TEXT NOT NULL, id TEXT NOT NULL, seq BIGINT NOT NULL, state TEXT NOT NULL, moved_at BIGINT NOT NULL, note TEXT);
            DROP TABLE saga_move;
            ALTER TABLE log RENAME TO saga_move;
            CREATE TRIGGER takes_no_lease AFTER UPDATE OF state ON saga WHEN NEW.state = 'Cancelling'
            BEGIN UPDATE saga SET leased_until = 0 WHERE name = NEW.name AND id = NEW.id; END;
            CREATE TRIGGER takes_no_version AFTER UPDATE OF state ON saga WHEN NEW.state = 'Cancelled'
            BEGIN UPDATE saga SET seq = 1, fence = 1 WHERE name = NEW.name AND id = NEW.id; END;
            """)),
        new("Nobody goes on with an order that failed once", ["I13"], store => store.Network["ordering"].Still.Add("saga checkout")),
        new("A fee is charged that nobody agreed to", ["I9"], store =>
        {
            store.Alter("ordering", "CREATE TRIGGER fee AFTER INSERT ON orders BEGIN UPDATE orders SET total = total + 100 WHERE id = NEW.id; END");
            MoneyBugs.TakeMore(store, 100);
        }),
        new("A line that was added after the order goes with it", ["I10"], TakeTheCartAsItIsNow),
        new("A cart is emptied wholly", ["I10"], store => store.Alter("cart",
            "CREATE TRIGGER emptied AFTER INSERT ON checkout BEGIN DELETE FROM line WHERE cart_id = NEW.cart_id; END")),
        new("What was bought stays in the cart", ["I10"], store =>
            store.On("ordering", "cart", HttpMethod.Put, "/internal/checkouts/", Seams.Always("{}"))),
        new("A lost answer is told as a no", ["I18", "I19"], store => store.On("gateway", "ordering", HttpMethod.Post, Orders, async (call, send) =>
        {
            try
            {
                return await send(call);
            }
            catch (HttpRequestException)
            {
                return Seams.Answer(HttpStatusCode.Conflict, """{"code":"order.price_changed"}""");
            }
        })),
        new("A page shows what it remembers", ["I17"], store =>
        {
            var pages = new Dictionary<string, string>(StringComparer.Ordinal);
            store.On("gateway", "ordering", HttpMethod.Get, Orders + "/", async (call, send) =>
            {
                if (pages.TryGetValue(call.Path, out var page)) return Seams.Answer(HttpStatusCode.OK, page);
                var answer = await send(call);
                if (answer.IsSuccessStatusCode) pages[call.Path] = await answer.Content.ReadAsStringAsync();
                return answer;
            });
        }),
    ];

    /// <summary>The cart as it is now instead of as it was bought.</summary>
    static void TakeTheCartAsItIsNow(Store store) => store.On("ordering", "cart", HttpMethod.Put, "/internal/checkouts/", async (call, send) =>
    {
        var body = await call.BodyAsync();
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/internal/carts/" + body["cartId"]!.GetValue<string>());
        using var answer = await store.Network.SendAsync("ordering", "cart", asked);
        if (!answer.IsSuccessStatusCode) throw Seams.Lost();
        var cart = await answer.BodyAsync();
        body["cartVersion"] = cart["version"]!.DeepClone();
        body["lines"] = new JsonArray([.. cart["lines"]!.AsArray().Select(line => new JsonObject
        {
            ["sku"] = line!["sku"]!.DeepClone(),
            ["quantity"] = line["quantity"]!.DeepClone(),
        })]);
        return await send(call.WithBody(body));
    });
}
