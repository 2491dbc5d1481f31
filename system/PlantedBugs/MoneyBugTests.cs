using System.Net;
using System.Text.Json.Nodes;

namespace Souk.PlantedBugs;

/// <summary>Money moves once, for an order that was confirmed, and both books say the same.</summary>
public sealed class MoneyBugTests
{
    const string Asked = "/v1/authorizations";

    [Fact]
    public async Task A_card_is_charged_twice() => await Verdicts.CaughtAsync(["I2", "I3", "I4"], house =>
    {
        var seconds = new Dictionary<string, string>(StringComparer.Ordinal);
        house.Network.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
        {
            var again = await call.AgainAsync(call.Key + "-again", call.Path == Asked ? null : await PathOfSecondAsync(call));
            var answer = await send(call);
            if (call.Path == Asked)
            {
                using var second = await send(again);
                seconds[IdOf(await answer.Content.ReadAsStringAsync())] = IdOf(await second.Content.ReadAsStringAsync());
            }
            else if (call.Path.EndsWith("/captures", StringComparison.Ordinal))
            {
                using var second = await send(again);
            }
            return answer;
        });

        Task<string> PathOfSecondAsync(Call call)
        {
            var id = call.Path.Split('/')[3];
            return Task.FromResult(call.Path.Replace(id, seconds.GetValueOrDefault(id, id), StringComparison.Ordinal));
        }

        static string IdOf(string json) => JsonNode.Parse(json)!["id"]!.GetValue<string>();
    });

    [Fact]
    public async Task Each_try_at_the_provider_has_a_key_of_its_own() => await Verdicts.CaughtAsync(["I2", "I4"], house =>
    {
        var tries = 0;
        house.Network.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
        {
            if (call.Path == Asked) call.Key += "-try-" + ++tries;
            return await send(call);
        });
    });

    [Fact]
    public async Task A_refund_of_which_nobody_heard_is_asked_for_under_another_key() => await Verdicts.CaughtAsync(["I2", "I4"], house =>
    {
        string? first = null;
        house.Network.On("payment", "sandbox", HttpMethod.Post, "/refunds", async (call, send) =>
        {
            if ((first ??= call.Key) != call.Key) return await send(call);
            using (await send(await call.AgainAsync(call.Key + "-1")))
            {
                call.Key += "-2";
                return await send(call);
            }
        });
    });

    [Fact]
    public async Task Silence_is_taken_for_a_decline_and_nothing_reconciles() => await Verdicts.CaughtAsync(["I2", "I4"], house =>
    {
        TakeSilenceForNo(house);
        NothingReconciles(house);
    });

    /// <summary>Not a bug that reaches anybody: what the provider has done after a no is found in its ledger, and taken back.</summary>
    [Fact]
    public async Task Silence_that_is_taken_for_a_decline_is_made_good_by_reconciliation() => await Verdicts.CaughtAsync([], TakeSilenceForNo);

    [Fact]
    public async Task A_decline_is_taken_for_silence() => await Verdicts.CaughtAsync(["I13"], house =>
    {
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Get })
        {
            house.Network.On("payment", "sandbox", method, Asked, async (call, send) =>
            {
                var answer = await send(call);
                return (await answer.Content.ReadAsStringAsync()).Contains("\"declined\"", StringComparison.Ordinal) ? throw Call.Lost() : answer;
            });
        }
    });

    [Fact]
    public async Task A_void_is_said_to_be_done_and_is_not() => await Verdicts.CaughtAsync(["I2", "I4"], house =>
        house.Network.On("payment", "sandbox", HttpMethod.Post, "/voids", (call, _) => Task.FromResult(Call.Answer(HttpStatusCode.OK,
            $$"""{"id":"{{call.Path.Split('/')[3]}}","reference":"","state":"voided","amount":1,"currency":"EUR","captured":0,"refunded":0}"""))));

    [Fact]
    public async Task An_order_is_sent_before_it_is_paid() => await Verdicts.CaughtAsync(["I2", "I8"], house =>
    {
        var captures = 0;
        house.Network.On("ordering", "payment", HttpMethod.Put, "/capture", async (call, send) =>
            captures++ == 0 ? Call.Answer(HttpStatusCode.OK, """{"state":"captured"}""") : await send(call));
    });

    [Fact]
    public async Task Another_sum_is_taken_than_was_agreed() => await Verdicts.CaughtAsync(["I2"], house =>
    {
        foreach (var path in new[] { "/authorizations/", "/capture" })
        {
            house.Network.On("ordering", "payment", HttpMethod.Put, path, async (call, send) =>
                await send(call.WithBody(OrderBugTests.With(await call.BodyAsync(), "amount", 1))));
        }
    });

    [Fact]
    public async Task Nobody_ever_hears_of_a_capture_and_nothing_reconciles() => await Verdicts.CaughtAsync(["I13"], house =>
    {
        NothingReconciles(house);
        string? first = null;
        house.Network.On("payment", "sandbox", HttpMethod.Post, "/captures", async (call, send) =>
        {
            var answer = await send(call);
            return (first ??= call.Path) == call.Path ? throw Call.Lost() : answer;
        });
    });

    [Fact]
    public async Task Half_of_a_booking_is_missing() => await Verdicts.CaughtAsync(["I4"], house => house.AlterAsync("payment",
        "CREATE TRIGGER half BEFORE INSERT ON ledger_entry WHEN NEW.amount < 0 BEGIN SELECT RAISE(IGNORE); END"));

    [Fact]
    public async Task A_refund_is_said_to_be_done_and_is_not() => await Verdicts.CaughtAsync(["I2", "I22"], house =>
        house.Network.On("ordering", "payment", HttpMethod.Put, "/refunds/", (_, _) =>
            Task.FromResult(Call.Answer(HttpStatusCode.OK, """{"state":"refunded"}"""))));

    static void TakeSilenceForNo(House house) => house.Network.On("payment", "sandbox", HttpMethod.Post, Asked, async (call, send) =>
    {
        try
        {
            return await send(call);
        }
        catch (HttpRequestException)
        {
            return Call.Answer(HttpStatusCode.PaymentRequired, """{"code":"timeout"}""");
        }
    });

    /// <summary>What the provider tells by itself is thrown away, and nobody looks into its ledger.</summary>
    static void NothingReconciles(House house)
    {
        house.Still.Add("payment: reconciliation");
        house.Network.On("sandbox", "payment", HttpMethod.Post, "/webhooks/", (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)));
    }
}
