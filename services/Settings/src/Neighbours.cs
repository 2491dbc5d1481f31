using System.Net;
using System.Text.Json;

namespace Souk.Settings;

/// <summary>A service that holds something on people, by the contract that all of them share.</summary>
sealed class PeopleClient(string service, HttpClient http)
{
    /// <summary>What it says of an erasure may be so long; it is told in words, and nothing of the person.</summary>
    const int AnswerMax = 4096;

    public string Service => service;

    /// <summary>All that it holds on a person, as a JSON object; empty where it holds nothing.</summary>
    public async Task<string> ReadAsync(string subject, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(AddressOf(subject), cancellation);
        if (!response.IsSuccessStatusCode)
        {
            var code = await CodeAsync(response, cancellation);
            return IsNobody(response, code) ? "{}" : throw Fault(response, code);
        }
        var part = await response.Content.ReadFromJsonAsync(SettingsJson.Default.JsonElement, cancellation);
        return part.ValueKind == JsonValueKind.Object ? part.GetRawText() : throw new HttpRequestException($"{service} answered no object.");
    }

    /// <summary>Has it forget a person. Repeated, there is nothing left to forget.</summary>
    /// <returns>What went and what stayed, and why; or the code of its refusal, when it will not do it now.</returns>
    public async Task<(ErasureAnswer? Answer, string? RefusedFor)> EraseAsync(string subject, CancellationToken cancellation)
    {
        using var response = await http.DeleteAsync(AddressOf(subject), cancellation);
        if (!response.IsSuccessStatusCode)
        {
            var code = await CodeAsync(response, cancellation);
            if (response.StatusCode == HttpStatusCode.Conflict) return (null, code ?? "refused");
            return IsNobody(response, code) ? (new ErasureAnswer(), null) : throw Fault(response, code);
        }
        if (response.StatusCode == HttpStatusCode.NoContent) return (new ErasureAnswer(), null);
        if (response.Content.Headers.ContentLength > AnswerMax) throw new HttpRequestException($"{service} says too much of what it erased.");
        return (await response.Content.ReadFromJsonAsync(SettingsJson.Default.ErasureAnswer, cancellation) ?? new ErasureAnswer(), null);
    }

    static string AddressOf(string subject) => "/internal/people/" + Uri.EscapeDataString(subject);

    /// <summary>Whether it knows nobody of that name. A service without the contract has not said so.</summary>
    static bool IsNobody(HttpResponseMessage response, string? code) =>
        response.StatusCode == HttpStatusCode.NotFound && code is not null and not "request.route_unknown";

    static async Task<string?> CodeAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? (await response.Content.ReadFromJsonAsync(SettingsJson.Default.RefusalAnswer, cancellation))?.Code : null;

    // Without the address: it names the person, and this is written into a log.
    HttpRequestException Fault(HttpResponseMessage response, string? code) =>
        new($"{service} answered {(int)response.StatusCode} {code}", null, response.StatusCode);
}

/// <summary>What a service erased of a person and what it kept, in its own words.</summary>
/// <param name="Erased">What went.</param>
/// <param name="Kept">What stayed, and why it must.</param>
sealed record ErasureAnswer(JsonElement? Erased = null, JsonElement? Kept = null);

/// <summary>Of a refusal.</summary>
sealed record RefusalAnswer(string? Code = null);
