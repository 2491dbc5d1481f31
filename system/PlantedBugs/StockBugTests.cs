using System.Net;

namespace Souk.PlantedBugs;

/// <summary>What is in the house is promised once, kept as long as somebody waits for it, and sent as it was bought.</summary>
public sealed class StockBugTests
{
    /// <summary>A promise that is checked and not noted, as where two read before either writes; and no CHECK behind it.</summary>
    [Fact]
    public async Task The_last_one_is_sold_twice() => await Verdicts.CaughtAsync(["I5", "I6", "I14"], house => house.AlterAsync("inventory", """
        PRAGMA ignore_check_constraints = ON;
        CREATE TRIGGER lost_update AFTER UPDATE OF reserved ON stock WHEN NEW.reserved > OLD.reserved
        BEGIN UPDATE stock SET reserved = OLD.reserved WHERE sku = NEW.sku; END;
        """));

    [Fact]
    public async Task What_a_cancelled_order_had_is_never_released() =>
        await Verdicts.CaughtAsync(["I7", "I13"], house => SaidDone(house, "released", _ => true));

    [Fact]
    public async Task What_is_held_for_somebody_who_never_comes_is_not_released_and_does_not_expire() => await Verdicts.CaughtAsync(["I7", "I13"], house =>
    {
        ReleaseOfHeldIsLost(house);
        house.Still.Add("inventory: expiry of reservations");
    });

    /// <summary>The same with the expiry at work is no bug that reaches anybody.</summary>
    [Fact]
    public async Task What_is_held_and_never_released_expires() => await Verdicts.CaughtAsync([], ReleaseOfHeldIsLost);

    [Fact]
    public async Task What_was_sold_is_never_taken_off_the_shelf() => await Verdicts.CaughtAsync(["I7", "I13"], house =>
    {
        string? first = null;
        SaidDone(house, "committed", path => (first ??= path) == path);
    });

    [Fact]
    public async Task What_came_back_is_never_put_on_the_shelf() => await Verdicts.CaughtAsync(["I7"], house =>
        house.Network.On("ordering", "inventory", HttpMethod.Put, "/internal/restocks/", (_, _) => Task.FromResult(Call.Answer(HttpStatusCode.OK, "{}"))));

    [Fact]
    public async Task One_more_is_sent_than_was_bought() => await Verdicts.CaughtAsync(["I8"], house =>
        house.Network.On("ordering", "shipping", HttpMethod.Put, "/internal/shipments/", async (call, send) =>
        {
            if (call.Path.EndsWith("/cancellation", StringComparison.Ordinal)) return await send(call);
            var body = await call.BodyAsync();
            foreach (var line in body["lines"]!.AsArray()) line!["quantity"] = line["quantity"]!.GetValue<long>() + 1;
            return await send(call.WithBody(body));
        }));

    static void ReleaseOfHeldIsLost(House house)
    {
        var held = new HashSet<string>(StringComparer.Ordinal);
        house.Network.On("ordering", "inventory", HttpMethod.Put, "/state", async (call, send) =>
        {
            if ((await call.BodyAsync())["state"]!.GetValue<string>() == "held") held.Add(call.Path);
            return await send(call);
        });
        SaidDone(house, "released", held.Contains);
    }

    /// <summary>A move of a reservation is answered and not done.</summary>
    static void SaidDone(House house, string state, Func<string, bool> isMeant) =>
        house.Network.On("ordering", "inventory", HttpMethod.Put, "/state", async (call, send) =>
            (await call.BodyAsync())["state"]!.GetValue<string>() == state && isMeant(call.Path)
                ? Call.Answer(HttpStatusCode.OK, "{}") : await send(call));
}
