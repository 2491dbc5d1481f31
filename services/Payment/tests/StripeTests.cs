using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Payment.Tests;

/// <summary>The same store with Stripe behind it: what Stripe is asked, and how its answers are read.</summary>
public sealed class StripeTests : IAsyncLifetime
{
    readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    readonly FakeStripe _stripe;
    TestService _service = null!;

    public StripeTests() => _stripe = new FakeStripe(_clock);

    static Dictionary<string, string?> Settings => new()
    {
        ["Payment:Provider"] = "stripe",
        ["Payment:Stripe:SecretKey"] = FakeStripe.SecretKey,
        ["Payment:Stripe:WebhookSecret"] = FakeStripe.WebhookSecret,
        ["Payment:Stripe:ApiBase"] = FakeStripe.ApiBase,
    };

    public async ValueTask InitializeAsync() => _service = await TestService.StartAsync(PaymentService.Build, Engine.Sqlite,
        new ServiceSetup { Clock = _clock, Network = _ => _stripe.Connect(), RunPumps = false, Configuration = Settings });

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_payment_is_authorised_captured_and_refunded_each_under_its_key()
    {
        Assert.Equal("authorized", (await AuthorizeAsync("o1", "pm_card_visa")).State);
        Assert.Equal("captured", (await PutAsync("o1/capture", """{"amount":{"amount":1999,"currency":"EUR"}}""")).State);
        Assert.Equal("refunded", (await PutAsync("o1/refunds/a", """{"amount":{"amount":500,"currency":"EUR"},"reason":"returned"}""")).State);

        var authorize = _stripe.Form("POST /v1/payment_intents ord-o1-auth-1");
        Assert.Equal(("1999", "eur", "pm_card_visa", "manual"), (authorize["amount"], authorize["currency"], authorize["payment_method"], authorize["capture_method"]));
        Assert.Equal(("true", "http://localhost:8080/order/o1", "ord-o1-auth-1", "card"),
            (authorize["confirm"].ToLowerInvariant(), authorize["return_url"], authorize["metadata[reference]"], authorize["allowed_payment_method_types[0]"]));
        Assert.Equal("1999", _stripe.Form("POST /v1/payment_intents/pi_1/capture ord-o1-cap-1")["amount_to_capture"]);
        var refund = _stripe.Form("POST /v1/refunds ord-o1-ref-a");
        Assert.Equal(("pi_1", "500", "ord-o1-ref-a"), (refund["payment_intent"], refund["amount"], refund["metadata[key]"]));
    }

    [Fact]
    public async Task A_void_cancels_the_payment_intent()
    {
        await AuthorizeAsync("o1", "pm_card_visa");
        Assert.Equal("voided", (await PutAsync("o1/void", "{}")).State);
        Assert.Equal("abandoned", _stripe.Form("POST /v1/payment_intents/pi_1/cancel ord-o1-void-1")["cancellation_reason"]);
        Assert.Equal("canceled", (string)_stripe.Intent("ord-o1-auth-1")["status"]!);
    }

    [Theory]
    [InlineData("pm_card_chargeDeclined", "generic_decline")]
    [InlineData("pm_missing", "resource_missing")]
    [InlineData("cs_test_empty", "card_not_entered")]
    public async Task A_definite_no_is_a_decline_with_stripes_own_reason(string card, string reason)
    {
        var answer = await AuthorizeAsync("o1", card);
        Assert.Equal(("declined", reason), (answer.State, answer.Text("reason")));
        Assert.Equal("authorized", (await AuthorizeAsync("o1", "pm_card_visa", 2)).State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_of_stripes_own_is_unknown_and_asked_again_under_the_same_key(bool isDone)
    {
        _stripe.FailNext(2, isDone);
        Assert.Equal("unknown", (await AuthorizeAsync("o1", "pm_card_visa")).State);
        Assert.Equal("unknown", (await AuthorizeAsync("o1", "pm_card_visa")).State);
        Assert.Equal("authorized", (await AuthorizeAsync("o1", "pm_card_visa")).State);
        Assert.Equal(3, _stripe.Requests.Count(request => request.Line == "POST /v1/payment_intents ord-o1-auth-1"));
        _stripe.FailNext(1, isDone);
        Assert.Equal("unknown", (await PutAsync("o1/capture", """{"amount":{"amount":1999,"currency":"EUR"}}""")).State);
        Assert.Equal("captured", (await PutAsync("o1/capture", """{"amount":{"amount":1999,"currency":"EUR"}}""")).State);
    }

    [Fact]
    public async Task A_wrong_key_is_no_decline()
    {
        await using var service = await TestService.StartAsync(PaymentService.Build, Engine.Sqlite, new ServiceSetup
        {
            Clock = _clock,
            Network = _ => _stripe.Connect(),
            RunPumps = false,
            Configuration = new Dictionary<string, string?>(Settings) { ["Payment:Stripe:SecretKey"] = "sk_test_wrong" },
        });
        Assert.Equal("unknown", (await AuthorizeAsync("o1", "pm_card_visa", service: service)).State);
    }

    [Fact]
    public async Task Cancel_while_unknown_finds_the_payment_by_our_reference_then_voids_it()
    {
        _stripe.FailNext(1, isDone: true);
        Assert.Equal("unknown", (await AuthorizeAsync("o1", "pm_card_visa")).State);
        Assert.Equal("voided", (await PutAsync("o1/void", "{}")).State);
        Assert.Equal("canceled", (string)_stripe.Intent("ord-o1-auth-1")["status"]!);
        await SettleAsync();
        await AllAgreesAsync();
    }

    [Fact]
    public async Task A_customer_who_is_wanted_is_sent_to_the_bank_and_the_webhook_tells_the_answer()
    {
        var asked = await AuthorizeAsync("o1", "pm_card_threeDSecureRequired");
        Assert.Equal(("requires_customer", "https://hooks.stripe.com/3ds"), (asked.State, asked.Text("nextActionUrl")));
        _stripe.Approve("ord-o1-auth-1");
        var told = _stripe.Event("payment_intent.amount_capturable_updated");
        Assert.Equal(HttpStatusCode.BadRequest, await TellAsync(told, FakeSandbox.Sign(told, _clock.GetUtcNow(), "whsec_other")));
        Assert.Equal(HttpStatusCode.BadRequest, await TellAsync(told, FakeSandbox.Sign(told, _clock.GetUtcNow().AddSeconds(-301), FakeStripe.WebhookSecret)));
        Assert.Equal(HttpStatusCode.OK, await TellAsync(told, FakeSandbox.Sign(told, _clock.GetUtcNow(), FakeStripe.WebhookSecret)));
        Assert.Equal("authorized", (await AuthorizeAsync("o1", "pm_card_threeDSecureRequired")).State);
        Assert.Single(await _service.EventsAsync("ordering"));
    }

    [Fact]
    public async Task A_signature_as_stripe_documents_it_is_accepted()
    {
        var body = """{"id":"evt_x","object":"event","type":"customer.created","data":{"object":{"object":"customer"}}}""";
        var at = _clock.GetUtcNow();
        Assert.Equal(HttpStatusCode.OK, await TellAsync(body, FakeSandbox.Sign(body, at, FakeStripe.WebhookSecret) + ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"));
        // The library's own reader agrees with ours about what is signed.
        Assert.Equal("evt_x", Stripe.EventUtility.ConstructEvent(
            body, FakeSandbox.Sign(body, at, FakeStripe.WebhookSecret), FakeStripe.WebhookSecret, 300, at.ToUnixTimeSeconds(), throwOnApiVersionMismatch: false).Id);
        Assert.True(WebhookSignature.IsValid(FakeSandbox.Sign(body, at, "k"), Encoding.UTF8.GetBytes(body), "k", at));
    }

    [Fact]
    public async Task The_page_is_a_checkout_session_and_its_id_stands_for_the_card()
    {
        var page = await Reply.OfAsync(await _service.As("storefront").PostAsync("/internal/pages", Json(
            """{"reference":"cart-1","amount":{"amount":1999,"currency":"EUR"},"returnUrl":"http://localhost:8080/checkout?cart=a","cancelUrl":"http://localhost:8080/cart"}""")));
        Assert.Equal("https://checkout.stripe.com/c/pay/cs_test_page", page.Text("url"));
        // The library gives a request without a key one of its own.
        var form = _stripe.Requests.Single(request => request.Line.StartsWith("POST /v1/checkout/sessions ", StringComparison.Ordinal)).Form;
        Assert.Equal(("setup", "eur", "cart-1", "always"), (form["mode"], form["currency"], form["client_reference_id"], form["customer_creation"]));
        Assert.Equal(("http://localhost:8080/checkout?cart=a&payment_method={CHECKOUT_SESSION_ID}", "http://localhost:8080/cart"), (form["success_url"], form["cancel_url"]));

        Assert.Equal("authorized", (await AuthorizeAsync("o1", "cs_test_page")).State);
        var authorize = _stripe.Form("POST /v1/payment_intents ord-o1-auth-1");
        Assert.Equal(("pm_of_page", "cus_1"), (authorize["payment_method"], authorize["customer"]));
    }

    [Fact]
    public async Task Stripes_events_are_its_ledger_and_both_books_agree()
    {
        await AuthorizeAsync("o1", "pm_card_visa");
        await SettleAsync();
        await PutAsync("o1/capture", """{"amount":{"amount":1999,"currency":"EUR"}}""");
        await PutAsync("o1/refunds/a", """{"amount":{"amount":500,"currency":"EUR"},"reason":"returned"}""");
        await AuthorizeAsync("o2", "pm_card_visa");
        await PutAsync("o2/void", "{}");
        await SettleAsync();
        await AllAgreesAsync();
        Assert.Contains(_stripe.Requests, request => request.Line == "GET /v1/events" && request.Form.GetValueOrDefault("ending_before") == "evt_5");
    }

    [Theory]
    [InlineData("Payment:Stripe:SecretKey")]
    [InlineData("Payment:Stripe:WebhookSecret")]
    public async Task Without_keys_it_does_not_start(string name) => await Assert.ThrowsAsync<InvalidOperationException>(
        () => TestService.StartAsync(PaymentService.Build, Engine.Sqlite,
            new ServiceSetup { Configuration = new Dictionary<string, string?>(Settings) { [name] = "" } }));

    async Task<Reply> AuthorizeAsync(string order, string card, int n = 1, TestService? service = null) => await PutAsync(
        $"{order}/authorizations/{n}",
        $$"""{"amount":{"amount":1999,"currency":"EUR"},"paymentMethod":"{{card}}","returnUrl":"http://localhost:8080/order/{{order}}"}""", service);

    async Task<Reply> PutAsync(string path, string json, TestService? service = null) =>
        await Reply.OfAsync(await (service ?? _service).As("ordering").PutAsync("/internal/payments/" + path, Json(json)));

    async Task<HttpStatusCode> TellAsync(string body, string signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/payment/webhooks/stripe") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        using var response = await _service.Http.SendAsync(request);
        return response.StatusCode;
    }

    async Task SettleAsync()
    {
        for (var round = 0; round < 6; round++)
        {
            _clock.Advance(TimeSpan.FromSeconds(20));
            foreach (var pump in _service.App.Services.GetServices<IPump>())
            {
                while (await pump.StepAsync(CancellationToken.None))
                {
                }
            }
        }
    }

    async Task AllAgreesAsync()
    {
        var view = (await Reply.OfAsync(await _service.As("souk").GetAsync("/internal/reconciliation"))).Body;
        foreach (var list in new[] { "providerOnly", "oursOnly", "flagged", "alarms" }) Assert.Equal("[]", view.GetProperty(list).GetRawText());
        Assert.Equal(0, await _service.App.Services.GetRequiredService<Database>().ReadAsync(session =>
            session.LongAsync($"SELECT COUNT(*) FROM operation WHERE state = 'done' AND amount > 0 AND is_matched = 0")));
    }

    static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");
}
