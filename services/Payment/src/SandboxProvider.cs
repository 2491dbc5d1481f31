using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Payment;

/// <summary>The provider that comes with the store: everything of a real one but the money.</summary>
sealed class SandboxProvider(HttpClient http, SandboxSettings settings) : IProvider
{
    // A page is copied in one commit, and payments wait for it.
    const int LedgerPageSize = 100;

    public string Name => "sandbox";

    public Task<Answer> AuthorizeAsync(Operation operation, Attempt attempt, CancellationToken cancellation) => AskAsync(
        "/v1/authorizations", operation, new SandboxAuthorize(operation.Key, operation.Amount.Amount, operation.Amount.Currency,
            attempt.PaymentMethod, attempt.ReturnUrl), SandboxJson.Default.SandboxAuthorize, cancellation);

    public Task<Answer> CaptureAsync(Operation operation, CancellationToken cancellation) => AskAsync(
        Address(operation.ProviderId!) + "/captures", operation, new SandboxAmount(operation.Amount.Amount), SandboxJson.Default.SandboxAmount, cancellation);

    public Task<Answer> VoidAsync(Operation operation, CancellationToken cancellation) => AskAsync(
        Address(operation.ProviderId!) + "/voids", operation, new SandboxNothing(), SandboxJson.Default.SandboxNothing, cancellation);

    public Task<Answer> RefundAsync(Operation operation, CancellationToken cancellation) => AskAsync(
        Address(operation.ProviderId!) + "/refunds", operation, new SandboxAmount(operation.Amount.Amount), SandboxJson.Default.SandboxAmount, cancellation);

    public async Task<Seen?> GetAsync(string providerId, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, Address(providerId), null, null, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        return (await ReadAsync(response, SandboxJson.Default.SandboxAuthorization, cancellation)).Seen;
    }

    public async Task<Seen?> FindAsync(Operation operation, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get,
            "/v1/authorizations?reference=" + Uri.EscapeDataString(operation.Key), null, null, cancellation);
        return (await ReadAsync(response, SandboxJson.Default.SandboxAuthorizations, cancellation)).Items is [var first, ..] ? first.Seen : null;
    }

    public async Task<LedgerPage> LedgerAsync(string? after, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/v1/ledger?after={after ?? "0"}&limit={LedgerPageSize}", null, null, cancellation);
        var lines = (await ReadAsync(response, SandboxJson.Default.SandboxLedger, cancellation)).Items;
        return new LedgerPage(
            [.. lines.Select(line => new ProviderEntry(
                line.Key, line.Kind, line.AuthorizationId, line.Reference, new Money(line.Amount, line.Currency), line.At))],
            lines.Count > 0 ? lines[^1].Seq.ToString(CultureInfo.InvariantCulture) : after);
    }

    public Task<string> PageAsync(PageRequest page, CancellationToken cancellation) => Task.FromResult(
        $"{settings.Url}/pay?reference={Uri.EscapeDataString(page.Reference!)}&amount={page.Amount!.Amount}&currency={page.Amount.Currency}"
        + $"&return_url={Uri.EscapeDataString(page.ReturnUrl!)}&cancel_url={Uri.EscapeDataString(page.CancelUrl!)}");

    public bool TryRead(IHeaderDictionary headers, ReadOnlySpan<byte> body, DateTimeOffset now, out Notice? notice)
    {
        notice = null;
        if (!WebhookSignature.IsValid(headers["Sandbox-Signature"], body, settings.WebhookSecret, now)) return false;
        if (JsonSerializer.Deserialize(body, SandboxJson.Default.SandboxEvent) is { } told)
        {
            notice = new Notice(told.Id, told.Type, told.Data.Reference, told.Data.Id, told.Data.Seen.State,
                new Money(told.Data.Amount, told.Data.Currency), told.Data.Captured, told.Data.Refunded);
        }
        return true;
    }

    async Task<Answer> AskAsync<T>(string path, Operation operation, T body, JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(body, json);
        using var response = await SendAsync(HttpMethod.Post, path, operation.Key, content, cancellation);
        if (response.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.BadRequest or HttpStatusCode.PaymentRequired)
        {
            return Answer.Refused((await response.Content.ReadFromJsonAsync(SandboxJson.Default.SandboxProblem, cancellation))?.Code ?? "refused");
        }
        var authorization = await ReadAsync(response, SandboxJson.Default.SandboxAuthorization, cancellation);
        // The answer is to this key: what was asked for is done.
        return operation.Kind == Kind.Authorize ? authorization.Seen.About(operation)
            : new Answer(Outcome.Done, authorization.Id, Amount: operation.Kind == Kind.Capture ? authorization.Captured : null);
    }

    async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? key, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.ApiSecret);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await http.SendAsync(request, cancellation);
    }

    static string Address(string providerId) => "/v1/authorizations/" + Uri.EscapeDataString(providerId);

    static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new HttpRequestException($"The provider answered {(int)response.StatusCode}.", null, response.StatusCode);
        }
        return await response.Content.ReadFromJsonAsync(json, cancellation) ?? throw new HttpRequestException("The provider answered null.");
    }
}

/// <summary>Where the sandbox is, and the secrets shared with it.</summary>
/// <param name="Url">Where a browser finds its pages. Setting: <c>Souk:ProviderUrl</c>.</param>
/// <param name="ApiSecret">Shown with each call. Setting: <c>Souk:Secrets:ProviderApi</c>.</param>
/// <param name="WebhookSecret">Signs what it tells. Setting: <c>Souk:Secrets:ProviderWebhook</c>.</param>
sealed record SandboxSettings(string Url, string ApiSecret, string WebhookSecret)
{
    const int SecretMin = 32;

    /// <exception cref="InvalidOperationException">A secret is missing or short.</exception>
    public static SandboxSettings Of(IConfiguration settings) => new(
        (settings["Souk:ProviderUrl"] ?? "http://localhost:8082").TrimEnd('/'),
        Secret(settings, "Souk:Secrets:ProviderApi"), Secret(settings, "Souk:Secrets:ProviderWebhook"));

    static string Secret(IConfiguration settings, string name) => settings[name] is { Length: >= SecretMin } secret ? secret
        : throw new InvalidOperationException($"Payment needs {name}, at least {SecretMin} characters: with less anybody could forge the provider.");
}

sealed record SandboxAuthorize(string Reference, long Amount, string Currency, string PaymentMethod, string ReturnUrl);

sealed record SandboxAmount(long Amount);

sealed record SandboxNothing;

sealed record SandboxAuthorizations(IReadOnlyList<SandboxAuthorization> Items);

/// <summary>The sandbox's authorisation, with what Payment reads of it.</summary>
sealed record SandboxAuthorization(
    string Id, string Reference, string State, long Amount, string Currency, long Captured, long Refunded,
    string? DeclineCode = null, string? NextActionUrl = null)
{
    [JsonIgnore]
    public Seen Seen => new(Id, State switch
    {
        "authorized" => ProviderState.Authorized,
        "declined" => ProviderState.Declined,
        "requires_action" => ProviderState.RequiresCustomer,
        "captured" => ProviderState.Captured,
        "voided" => ProviderState.Voided,
        "expired" => ProviderState.Expired,
        _ => ProviderState.Unknown,
    }, Amount, Captured, DeclineCode, NextActionUrl);
}

sealed record SandboxEvent(string Id, string Type, SandboxAuthorization Data);

sealed record SandboxLedger(IReadOnlyList<SandboxLedger.Line> Items)
{
    public sealed record Line(
        long Seq, string Key, string Kind, string AuthorizationId, string? Reference, long Amount, string Currency, DateTimeOffset At);
}

sealed record SandboxProblem(string? Code = null);

/// <summary>Strict where it matters: an answer that lacks a figure is no answer.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SandboxAuthorize))]
[JsonSerializable(typeof(SandboxAmount))]
[JsonSerializable(typeof(SandboxNothing))]
[JsonSerializable(typeof(SandboxAuthorization))]
[JsonSerializable(typeof(SandboxAuthorizations))]
[JsonSerializable(typeof(SandboxEvent))]
[JsonSerializable(typeof(SandboxLedger))]
[JsonSerializable(typeof(SandboxProblem))]
sealed partial class SandboxJson : JsonSerializerContext;
