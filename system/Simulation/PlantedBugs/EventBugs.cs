using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.Simulation.PlantedBugs;

/// <summary>What happened is told once, to everybody, in order, and has one effect.</summary>
static class EventBugs
{
    public static readonly IReadOnlyList<PlantedBug> All =
    [
        new("An event never gets into the outbox", ["I14"], store => store.Alter("ordering",
            "CREATE TRIGGER untold BEFORE INSERT ON outbox WHEN NEW.type = 'OrderShipped' BEGIN SELECT RAISE(IGNORE); END")),
        // Whoever is rejected afterwards has a mail that says otherwise.
        new("An order is announced before it is confirmed", ["I14"], store => store.Alter("ordering", """
            CREATE TRIGGER too_early AFTER INSERT ON orders
            BEGIN
                UPDATE orders SET feed_version = 1 WHERE id = NEW.id;
                INSERT INTO outbox (id, type, subject, version, occurred_at, data) VALUES (NEW.id || '/1', 'OrderConfirmed', NEW.id, 1, NEW.placed_at,
                    json_patch(NEW.snapshot, json_object('orderId', NEW.id, 'number', NEW.number, 'name', 'Ada', 'orderUrl', '/order/' || NEW.id,
                        'address', json_extract(NEW.snapshot, '$.shippingAddress'))));
            END
            """)),
        // The cursor moves, and the effect that should have moved with it is not there.
        new("The cursor moves and the effect is lost", ["I15"], store => store.Alter("notifications",
            "CREATE TRIGGER lost BEFORE INSERT ON mail WHEN NEW.kind = 'OrderRefunded' BEGIN SELECT RAISE(IGNORE); END")),
        new("A feed skips a new product", ["I15"], store =>
        {
            Feed(store, "inventory", "catalog", events => events.RemoveAll(one => IdOf(one) == "fork/1"));
            store.World.Begin(async () =>
            {
                // What is asked for already is not skipped any more: the first new product answers it.
                await store.ImportAsync("knife,Knife,KNIFE,30,4.00,60");
                await store.World.WaitAsync(TimeSpan.FromMilliseconds(20));
                await store.ImportAsync("fork,Fork,FORK,30,4.00,60");
            });
        }),
        new("A feed skips a new price", ["I20", "I23"], store =>
        {
            Feed(store, "cart", "catalog", events => events.RemoveAll(one => IdOf(one) == "tee/2"));
            // As above: what answers the question that is under way.
            store.World.Begin(() => store.ImportAsync("knife,Knife,KNIFE,30,4.00,60"));
        }),
        new("A feed skips that a parcel has arrived", ["I15"], store =>
        {
            string? first = null;
            Feed(store, "ordering", "shipping", events => events.RemoveAll(one =>
                one["data"]!["state"]!.GetValue<string>() == "delivered" && (first ??= IdOf(one)) == IdOf(one)));
        }) { Rest = CarrierWalks },
        new("An event is told again under another name", ["I15"], store => Feed(store, "notifications", "ordering", events =>
        {
            foreach (var told in events.Where(one => one["type"]!.GetValue<string>() == "OrderConfirmed").ToList())
            {
                var again = told.DeepClone();
                again["id"] = IdOf(told) + "-again";
                events.Insert(events.IndexOf(told) + 1, again);
            }
        })),
        // Versions that are given before the write is in its turn.
        new("Two events of one shipment stand in the wrong order", ["I16"], store => store.Alter("shipping", """
            CREATE TRIGGER swapped AFTER INSERT ON outbox WHEN NEW.version = 2
            BEGIN
                UPDATE outbox SET version = -1 WHERE subject = NEW.subject AND version = 1;
                UPDATE outbox SET version = 1 WHERE subject = NEW.subject AND version = 2;
                UPDATE outbox SET version = 2 WHERE subject = NEW.subject AND version = -1;
            END
            """)),
    ];

    /// <summary>Until the carrier has brought every parcel, and a little more.</summary>
    static TimeSpan CarrierWalks => TimeSpan.FromMinutes(6);

    /// <summary>Changes what a consumer is served of a producer's feed.</summary>
    static void Feed(Store store, string consumer, string producer, Action<List<JsonNode>> change) =>
        store.On(consumer, producer, HttpMethod.Get, "/internal/events", async (call, send) =>
        {
            var answer = await send(call);
            if (answer.StatusCode != HttpStatusCode.OK) return answer;
            var events = (await answer.BodyAsync()).AsArray().Select(one => one!.DeepClone()).ToList();
            change(events);
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(new JsonArray([.. events]).ToJsonString(), Encoding.UTF8, "application/cloudevents-batch+json"),
            };
        });

    static string IdOf(JsonNode told) => told["id"]!.GetValue<string>();
}
