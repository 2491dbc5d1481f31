using System.Net;

namespace Souk.Simulation.PlantedBugs;

/// <summary>What is in the house is promised once, kept as long as somebody waits for it, and sent as it was bought.</summary>
static class StockBugs
{
    public static readonly IReadOnlyList<PlantedBug> All =
    [
        // A promise that is checked and not noted, as where two read before either writes; and no CHECK behind it.
        new("The last one is sold twice", ["I5", "I6", "I14"], store => store.Alter("inventory", """
            PRAGMA ignore_check_constraints = ON;
            CREATE TRIGGER lost_update AFTER UPDATE OF reserved ON stock WHEN NEW.reserved > OLD.reserved
            BEGIN UPDATE stock SET reserved = OLD.reserved WHERE sku = NEW.sku; END;
            """)),
        new("What a cancelled order had is never released", ["I7", "I13"], store => SaidDone(store, "released", _ => true)),
        new("What is held for somebody who never comes is not released and does not expire", ["I7", "I13"], store =>
        {
            ReleaseOfHeldIsLost(store);
            store.Network["inventory"].Still.Add("expiry of reservations");
        }) { Rest = HeldFor },
        new("What was sold is never taken off the shelf", ["I7", "I13"], store =>
        {
            string? first = null;
            SaidDone(store, "committed", path => (first ??= path) == path);
        }),
        new("What came back is never put on the shelf", ["I7"], store =>
            store.On("ordering", "inventory", HttpMethod.Put, "/internal/restocks/", Seams.Always("{}"))),
        new("One more is sent than was bought", ["I8"], store => store.On("ordering", "shipping", HttpMethod.Put, "/internal/shipments/", async (call, send) =>
        {
            if (call.Path.EndsWith("/cancellation", StringComparison.Ordinal)) return await send(call);
            var body = await call.BodyAsync();
            foreach (var line in body["lines"]!.AsArray()) line!["quantity"] = line["quantity"]!.GetValue<long>() + 1;
            return await send(call.WithBody(body));
        })),
    ];

    /// <summary>So long, and a little more, something is held for somebody whose bank, or whose other card, is waited for.</summary>
    public static TimeSpan HeldFor => TimeSpan.FromMinutes(20);

    /// <summary>What was held for a customer who had to do something is said to be released, and is not.</summary>
    public static void ReleaseOfHeldIsLost(Store store)
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        store.On("ordering", "inventory", HttpMethod.Put, "/state", async (call, send) =>
        {
            if ((await call.BodyAsync())["state"]!.GetValue<string>() == "held") held.Add(call.Path);
            return await send(call);
        });
        SaidDone(store, "released", held.Contains);
    }

    /// <summary>A move of a reservation is answered and not done.</summary>
    static void SaidDone(Store store, string state, Func<string, bool> isMeant) =>
        store.On("ordering", "inventory", HttpMethod.Put, "/state", async (call, send) =>
            (await call.BodyAsync())["state"]!.GetValue<string>() == state && isMeant(call.Path)
                ? Seams.Answer(HttpStatusCode.OK, "{}") : await send(call));
}
