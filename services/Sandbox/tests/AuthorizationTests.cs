using System.Net;

namespace Souk.Sandbox.Tests;

public sealed class AuthorizationTests
{
    [Theory, EveryEngine]
    public async Task Money_is_promised_taken_and_given_back(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var promised = await sandbox.AuthorizeAsync("a1", reference: "ord-1-auth-1");
        Assert.Equal((HttpStatusCode.OK, "authorized"), (promised.Status, promised.State));
        Assert.StartsWith("auth_", promised.Id, StringComparison.Ordinal);

        var taken = await sandbox.CaptureAsync(promised.Id, "c1", 1500);
        Assert.Equal(("captured", 1500L, 0L), (taken.State, taken.Body.GetProperty("captured").GetInt64(), taken.Body.GetProperty("refunded").GetInt64()));
        Assert.Equal(1000, (await sandbox.RefundAsync(promised.Id, "r1", 1000)).Body.GetProperty("refunded").GetInt64());
        (await sandbox.RefundAsync(promised.Id, "r2", 501)).IsRefusal(409, "amount_too_large");
        var last = await sandbox.RefundAsync(promised.Id, "r3", 500);

        Assert.Equal(last.Text, (await sandbox.GetAsync("/v1/authorizations/" + promised.Id)).Text);
        Assert.Equal(last.Text, (await sandbox.GetAsync("/v1/authorizations?reference=ord-1-auth-1")).Body.GetProperty("items")[0].GetRawText());
        Assert.Equal([("a1", "authorize", 1999L), ("c1", "capture", 1500), ("r1", "refund", 1000), ("r3", "refund", 500)], await sandbox.LedgerAsync());
        Assert.Equal([("r1", "refund", 1000L), ("r3", "refund", 500)], await sandbox.LedgerAsync(after: 2));
    }

    [Theory, EveryEngine]
    public async Task A_repeat_gets_the_first_answer_byte_for_byte_and_moves_nothing(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var promised = await sandbox.AuthorizeAsync("a1");
        var taken = await sandbox.CaptureAsync(promised.Id, "c1");
        Assert.Equal(promised.Text, (await sandbox.AuthorizeAsync("a1")).Text);
        Assert.Equal(taken.Text, (await sandbox.CaptureAsync(promised.Id, "c1")).Text);

        var no = await sandbox.VoidAsync(promised.Id, "v1");
        no.IsRefusal(409, "not_voidable");
        Assert.Equal(no, await sandbox.VoidAsync(promised.Id, "v1"));
        Assert.Equal(2, (await sandbox.LedgerAsync()).Count);
    }

    [Theory, EveryEngine]
    public async Task Of_many_at_once_under_one_key_one_moves_money_and_all_are_told_the_same(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var promises = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => sandbox.AuthorizeAsync("a1")));
        Assert.Single(promises.Select(answer => answer.Text).Distinct());
        var takes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => sandbox.CaptureAsync(promises[0].Id, "c1")));
        Assert.Single(takes.Select(answer => answer.Text).Distinct());
        Assert.Equal([("a1", "authorize", 1999L), ("c1", "capture", 1999)], await sandbox.LedgerAsync());
    }

    [Theory, EveryEngine]
    public async Task Of_a_capture_and_a_void_at_once_exactly_one_happens(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        for (var i = 0; i < 10; i++)
        {
            var id = (await sandbox.AuthorizeAsync("a" + i)).Id;
            var answers = await Task.WhenAll(sandbox.CaptureAsync(id, "c" + i), sandbox.VoidAsync(id, "v" + i));
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
            Assert.Single(answers, answer => answer.Status == HttpStatusCode.Conflict);
        }
        Assert.Equal(20, (await sandbox.LedgerAsync()).Count);
    }

    [Theory, EveryEngine]
    public async Task A_key_belongs_to_one_request(Engine engine)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(engine);
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        (await sandbox.AuthorizeAsync("a1", amount: 2000)).IsRefusal(422, "request.idempotency_key_reused");
        (await sandbox.CaptureAsync(id, "a1")).IsRefusal(422, "request.idempotency_key_reused");
        (await sandbox.SendAsync(HttpMethod.Post, $"/v1/authorizations/{id}/voids", "{}")).IsRefusal(400, "request.idempotency_key_invalid");
        Assert.Single(await sandbox.LedgerAsync());
    }

    [Theory]
    [InlineData("pm_card_declined", "card_declined"), InlineData("pm_card_insufficient_funds", "insufficient_funds")]
    [InlineData("pm_never_was", "payment_method_unknown"), InlineData("4242424242424242", "payment_method_unknown")]
    public async Task A_decline_is_an_answer_and_books_nothing(string card, string code)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var declined = await sandbox.AuthorizeAsync("a1", card);
        Assert.Equal(("declined", code), (declined.State, declined.Body.GetProperty("declineCode").GetString()));
        (await sandbox.CaptureAsync(declined.Id, "c1")).IsRefusal(409, "not_capturable");
        Assert.Empty(await sandbox.LedgerAsync());
    }

    [Fact]
    public async Task A_definite_no_changes_nothing()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        (await sandbox.CaptureAsync(id, "c1", 2000)).IsRefusal(409, "amount_too_large");
        (await sandbox.RefundAsync(id, "r1", 1)).IsRefusal(409, "not_refundable");
        (await sandbox.CaptureAsync("auth_never", "c2")).IsRefusal(404, "sandbox.authorization_unknown");
        (await sandbox.CaptureAsync(id, "c3", 0)).IsRefusal(400, "sandbox.amount_invalid");
        Assert.Equal("voided", (await sandbox.VoidAsync(id, "v1")).State);
        (await sandbox.VoidAsync(id, "v2")).IsRefusal(409, "not_voidable");
        (await sandbox.CaptureAsync(id, "c4")).IsRefusal(409, "not_capturable");
        Assert.Equal([("a1", "authorize", 1999L), ("v1", "void", 1999)], await sandbox.LedgerAsync());
    }

    [Fact]
    public async Task After_seven_days_a_promise_has_run_out()
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        var id = (await sandbox.AuthorizeAsync("a1")).Id;
        sandbox.Clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal("expired", (await sandbox.GetAsync("/v1/authorizations/" + id)).State);
        (await sandbox.CaptureAsync(id, "c1")).IsRefusal(409, "not_capturable");
    }

    [Theory]
    [InlineData("""{"reference":"r","amount":0,"currency":"EUR","paymentMethod":"pm_card_success"}""")]
    [InlineData("""{"reference":"r","amount":1,"currency":"eur","paymentMethod":"pm_card_success"}""")]
    [InlineData("""{"reference":"","amount":1,"currency":"EUR","paymentMethod":"pm_card_success"}""")]
    [InlineData("""{"reference":"r","amount":1,"currency":"EUR"}""")]
    [InlineData("{}")]
    public async Task What_is_no_authorisation_is_refused(string body)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        (await sandbox.PostAsync("/v1/authorizations", "a1", body)).IsRefusal(400, "sandbox.authorization_invalid");
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("wrong"), InlineData(SandboxUnderTest.WebhookSecret)]
    public async Task Without_the_shops_key_nothing_is_answered(string? secret)
    {
        await using var sandbox = await SandboxUnderTest.StartAsync(Engine.Sqlite);
        foreach (var address in new[] { "/v1/ledger", "/v1/switches", "/v1/authorizations?reference=x", "/V1/ledger", "/v1/nothing" })
        {
            (await sandbox.SendAsync(HttpMethod.Get, address, secret: secret)).IsRefusal(401, "sandbox.api_key_invalid");
        }
    }

    [Theory]
    [InlineData(null), InlineData("short")]
    public async Task A_missing_or_short_secret_stops_the_start(string? secret)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(SandboxService.Build, Engine.Sqlite,
            new ServiceSetup { Configuration = new Dictionary<string, string?> { ["Souk:Secrets:ProviderApi"] = secret } }));
        Assert.Contains("Souk:Secrets:ProviderApi", error.Message, StringComparison.Ordinal);
    }
}
