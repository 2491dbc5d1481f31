using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.PlantedBugs;

/// <summary>What happened is told once, to everybody, in order, and has one effect.</summary>
public sealed class EventBugTests
{
    [Fact]
    public async Task An_event_never_gets_into_the_outbox() => await Verdicts.CaughtAsync(["I14"], house => house.AlterAsync("ordering",
        "CREATE TRIGGER untold BEFORE INSERT ON outbox WHEN NEW.type = 'OrderShipped' BEGIN SELECT RAISE(IGNORE); END"));

    /// <summary>Whoever is rejected afterwards has a mail that says otherwise.</summary>
    [Fact]
    public async Task An_order_is_announced_before_it_is_confirmed() => await Verdicts.CaughtAsync(["I14"], house => house.AlterAsync("ordering", """
        CREATE TRIGGER too_early AFTER INSERT ON orders
        BEGIN
            UPDATE orders SET feed_version = 1 WHERE id = NEW.id;
            INSERT INTO outbox (id, type, subject, version, occurred_at, data) VALUES (NEW.id || '/1', 'OrderConfirmed', NEW.id, 1, NEW.placed_at,
                json_patch(NEW.snapshot, json_object('orderId', NEW.id, 'number', NEW.number, 'name', 'Ada', 'orderUrl', '/order/' || NEW.id,
                    'address', json_extract(NEW.snapshot, '$.shippingAddress'))));
        END
        """));

    /// <summary>The cursor moves, and the effect that should have moved with it is not there.</summary>
    [Fact]
    public async Task The_cursor_moves_and_the_effect_is_lost() => await Verdicts.CaughtAsync(["I15"], house => house.AlterAsync("notifications",
        "CREATE TRIGGER lost BEFORE INSERT ON mail WHEN NEW.kind = 'OrderRefunded' BEGIN SELECT RAISE(IGNORE); END"));

    [Fact]
    public async Task A_feed_skips_a_new_product() => await Verdicts.CaughtAsync(["I15"], house =>
        Feed(house, "inventory", "catalog", events => events.RemoveAll(one => IdOf(one) == "bowl/1")));

    [Fact]
    public async Task A_feed_skips_a_new_price() => await Verdicts.CaughtAsync(["I20", "I23"], house =>
        Feed(house, "cart", "catalog", events => events.RemoveAll(one => IdOf(one) == "tee/2")));

    [Fact]
    public async Task A_feed_skips_that_a_parcel_has_arrived() => await Verdicts.CaughtAsync(["I15"], house =>
    {
        string? first = null;
        Feed(house, "ordering", "shipping", events => events.RemoveAll(one =>
            one["data"]!["state"]!.GetValue<string>() == "delivered" && (first ??= IdOf(one)) == IdOf(one)));
    });

    [Fact]
    public async Task An_event_is_told_again_under_another_name() => await Verdicts.CaughtAsync(["I15"], house =>
        Feed(house, "notifications", "ordering", events =>
        {
            foreach (var told in events.Where(one => one["type"]!.GetValue<string>() == "OrderConfirmed").ToList())
            {
                var again = told.DeepClone();
                again["id"] = IdOf(told) + "-again";
                events.Insert(events.IndexOf(told) + 1, again);
            }
        }));

    /// <summary>Versions that are given before the write is in its turn.</summary>
    [Fact]
    public async Task Two_events_of_one_shipment_stand_in_the_wrong_order() => await Verdicts.CaughtAsync(["I16"], house => house.AlterAsync("shipping", """
        CREATE TRIGGER swapped AFTER INSERT ON outbox WHEN NEW.version = 2
        BEGIN
            UPDATE outbox SET version = -1 WHERE subject = NEW.subject AND version = 1;
            UPDATE outbox SET version = 1 WHERE subject = NEW.subject AND version = 2;
            UPDATE outbox SET version = 2 WHERE subject = NEW.subject AND version = -1;
        END
        """));

    /// <summary>Changes what a consumer is served of a producer's feed.</summary>
    static void Feed(House house, string consumer, string producer, Action<List<JsonNode>> change) =>
        house.Network.On(consumer, producer, HttpMethod.Get, "/internal/events", async (call, send) =>
        {
            using var answer = await send(call);
            var events = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsArray().Select(one => one!.DeepClone()).ToList();
            change(events);
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(new JsonArray([.. events]).ToJsonString(), Encoding.UTF8, "application/cloudevents-batch+json"),
            };
        });

    static string IdOf(JsonNode told) => told["id"]!.GetValue<string>();
}
