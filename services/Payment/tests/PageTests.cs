using System.Text;
using System.Web;

namespace Souk.Payment.Tests;

/// <summary>The provider's page, and who may be sent where.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task The_page_is_the_providers_and_leads_back_to_the_store()
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        var page = await PageAsync(payment, "http://localhost:8080/checkout?cart=a&b=1", "http://localhost:8080/cart");
        var url = new Uri(page.Text("url")!);
        Assert.Equal("http://localhost:8082/pay", url.GetLeftPart(UriPartial.Path));
        var query = HttpUtility.ParseQueryString(url.Query);
        Assert.Equal(("cart-1", "1999", "EUR", "http://localhost:8080/checkout?cart=a&b=1", "http://localhost:8080/cart"),
            (query["reference"], query["amount"], query["currency"], query["return_url"], query["cancel_url"]));
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("http://localhost:8080@evil.example/")]
    [InlineData("http://user@localhost:8080/")]
    [InlineData("http://localhost:8081/")]
    [InlineData("//evil.example")]
    [InlineData("/relative")]
    [InlineData("javascript:alert(1)")]
    [InlineData("http://169.254.169.254/")]
    public async Task Nobody_is_sent_anywhere_but_back_to_the_store(string address)
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        (await PageAsync(payment, address, "http://localhost:8080/")).IsRefusal(400, "payment.return_url_invalid");
        (await PageAsync(payment, "http://localhost:8080/", address)).IsRefusal(400, "payment.return_url_invalid");
        (await payment.PutAsync("o1/authorizations/1",
            $$"""{"amount":{"amount":1,"currency":"EUR"},"paymentMethod":"pm_card_success","returnUrl":"{{address}}"}""")).IsRefusal(400, "payment.return_url_invalid");
        Assert.Empty(payment.Provider.Calls);
    }

    [Theory]
    [InlineData("o1/authorizations/1", """{"amount":{"amount":0,"currency":"EUR"},"paymentMethod":"pm","returnUrl":"http://localhost:8080/"}""", "payment.amount_invalid")]
    [InlineData("o1/authorizations/1", """{"amount":{"amount":-1,"currency":"EUR"},"paymentMethod":"pm","returnUrl":"http://localhost:8080/"}""", "payment.amount_invalid")]
    [InlineData("o1/authorizations/1", """{"amount":{"amount":1,"currency":"eur"},"paymentMethod":"pm","returnUrl":"http://localhost:8080/"}""", "payment.amount_invalid")]
    [InlineData("o1/authorizations/1", """{"paymentMethod":"pm","returnUrl":"http://localhost:8080/"}""", "payment.amount_invalid")]
    [InlineData("o1/authorizations/1", """{"amount":{"amount":1.5,"currency":"EUR"}}""", "request.malformed")]
    [InlineData("o.1/authorizations/1", """{"amount":{"amount":1,"currency":"EUR"}}""", "payment.name_invalid")]
    [InlineData("o1/capture", "{}", "payment.amount_invalid")]
    [InlineData("o1/refunds/a%20b", """{"amount":{"amount":1,"currency":"EUR"}}""", "payment.name_invalid")]
    [InlineData("o1/refunds/a", "{}", "payment.amount_invalid")]
    public async Task A_malformed_request_is_refused_with_a_stable_code(string path, string json, string code)
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        (await payment.PutAsync(path, json)).IsRefusal(400, code);
        Assert.Equal(0, await payment.CountAsync($"SELECT COUNT(*) FROM payment"));
    }

    [Theory]
    [InlineData("Souk:Secrets:ProviderApi", null)]
    [InlineData("Souk:Secrets:ProviderWebhook", "short")]
    [InlineData("Payment:Provider", "nobody")]
    public async Task Without_its_keys_it_does_not_start(string name, string? value)
    {
        var settings = PaymentUnderTest.Settings;
        settings[name] = value;
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestService.StartAsync(PaymentService.Build, Engine.Sqlite, new ServiceSetup { Configuration = settings }));
    }

    static async Task<Reply> PageAsync(PaymentUnderTest payment, string returnUrl, string cancelUrl) => await Reply.OfAsync(
        await payment.Service.As("storefront").PostAsync("/internal/pages", new StringContent(
            $$"""{"reference":"cart-1","amount":{"amount":1999,"currency":"EUR"},"returnUrl":"{{returnUrl}}","cancelUrl":"{{cancelUrl}}"}""",
            Encoding.UTF8, "application/json")));
}
