using System.Net;

namespace Souk.Simulation.PlantedBugs;

/// <summary>Money moves once, for an order that was confirmed, and both books say the same.</summary>
static class MoneyBugs
{
    const string Asked = "/v1/authorizations";

    public static readonly IReadOnlyList<PlantedBug> All =
    [
        new("A card is charged twice", ["I2", "I3", "I4"], ChargeTwice),
        new("Each try at the provider has a key of its own", ["I2", "I4"], store =>
        {
            var tries = 0;
            store.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
                await send(call.Path == Asked ? await call.WithKeyAsync($"{call.Key()}-try-{++tries}") : call));
        }),
        new("A refund of which nobody heard is asked for under another key", ["I2", "I4"], store =>
        {
            string? first = null;
            store.On("payment", "sandbox", HttpMethod.Post, "/refunds", async (call, send) =>
            {
                if ((first ??= call.Key()) != call.Key()) return await send(call);
                using (await send(await call.WithKeyAsync(call.Key() + "-1")))
                {
                    return await send(await call.WithKeyAsync(call.Key() + "-2"));
                }
            });
        }),
        new("Silence is taken for a decline and nothing reconciles", ["I2", "I4"], store =>
        {
            TakeSilenceForNo(store, static _ => true);
            NothingReconciles(store);
        }),
        new("A decline is taken for silence", ["I13"], store =>
        {
            foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get })
            {
                store.On("payment", "sandbox", method, Asked, async (call, send) =>
                {
                    var answer = await send(call);
                    return (await answer.Content.ReadAsStringAsync()).Contains("\"declined\"", StringComparison.Ordinal) ? throw Seams.Lost() : answer;
                });
            }
        }),
        new("A void is said to be done and is not", ["I2", "I4"], store =>
            store.On("payment", "sandbox", HttpMethod.Post, "/voids", (call, _) => Task.FromResult(Seams.Answer(HttpStatusCode.OK,
                $$"""{"id":"{{call.Path.Split('/')[3]}}","reference":"","state":"voided","amount":1,"currency":"EUR","captured":0,"refunded":0}""")))),
        new("An order is sent before it is paid", ["I2", "I8"], store =>
        {
            var captures = 0;
            store.On("ordering", "payment", HttpMethod.Put, "/capture", async (call, send) =>
                captures++ == 0 ? Seams.Answer(HttpStatusCode.OK, """{"state":"captured"}""") : await send(call));
        }),
        new("Another sum is taken than was agreed", ["I2"], store => TakeMore(store, 1)),
        new("Nobody ever hears of a capture and nothing reconciles", ["I13"], store =>
        {
            NothingReconciles(store);
            string? first = null;
            store.On("payment", "sandbox", HttpMethod.Post, "/captures", async (call, send) =>
            {
                var answer = await send(call);
                return (first ??= call.Path) == call.Path ? throw Seams.Lost() : answer;
            });
        }),
        new("Half of a booking is missing", ["I4"], store => store.Alter("payment",
            "CREATE TRIGGER half BEFORE INSERT ON ledger_entry WHEN NEW.amount < 0 BEGIN SELECT RAISE(IGNORE); END")),
        new("A refund is said to be done and is not", ["I2", "I22"], store =>
            store.On("ordering", "payment", HttpMethod.Put, "/refunds/", Seams.Always("""{"state":"refunded"}"""))),
    ];

    /// <summary>What the provider's silence means, nobody knows; here it means no.</summary>
    public static void TakeSilenceForNo(Store store, Func<WorldCall, bool> isMeant) => store.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
    {
        try
        {
            return await send(call);
        }
        catch (HttpRequestException) when (isMeant(call))
        {
            return Seams.Answer(HttpStatusCode.PaymentRequired, """{"code":"timeout"}""");
        }
    });

    /// <summary>Whether a card is asked for, and nothing taken, released or given back.</summary>
    public static bool IsAuthorization(WorldCall call) => call.Path == Asked;

    /// <summary>Asks for, and takes, more than is the order's total.</summary>
    public static void TakeMore(Store store, long cents)
    {
        foreach (var path in new[] { "/authorizations/", "/capture" })
        {
            store.On("ordering", "payment", HttpMethod.Put, path, async (call, send) =>
            {
                var body = await call.BodyAsync();
                body["amount"]!["amount"] = body["amount"]!["amount"]!.GetValue<long>() + cents;
                return await send(call.WithBody(body));
            });
        }
    }

    /// <summary>A second authorisation beside each, and a second capture of the second.</summary>
    static void ChargeTwice(Store store)
    {
        var seconds = new Dictionary<string, string>(StringComparer.Ordinal);
        store.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
        {
            var answer = await send(call);
            if (call.Path == Asked)
            {
                using var second = await send(await call.WithKeyAsync(call.Key() + "-again"));
                if (await IdOfAsync(answer) is { } first && await IdOfAsync(second) is { } other) seconds[first] = other;
            }
            else if (call.Path.EndsWith("/captures", StringComparison.Ordinal) && seconds.GetValueOrDefault(call.Path.Split('/')[3]) is { } other)
            {
                using var second = await send(await call.WithKeyAsync(call.Key() + "-again", $"{Asked}/{other}/captures"));
            }
            return answer;
        });

        static async Task<string?> IdOfAsync(HttpResponseMessage answer) =>
            answer.IsSuccessStatusCode ? (await answer.BodyAsync())["id"]?.GetValue<string>() : null;
    }

    /// <summary>What the provider tells by itself is thrown away, and nobody looks into its ledger.</summary>
    static void NothingReconciles(Store store)
    {
        store.Network["payment"].Still.Add("reconciliation");
        store.On("sandbox", "payment", HttpMethod.Post, "/webhooks/", (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)));
    }
}
