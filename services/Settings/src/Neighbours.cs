using System.Net;
using System.Text.Json;

namespace Souk.Settings;

/// <summary>A service that holds something on people, by the contract that all of them share.</summary>
/// <param name="service">Its name.</param>
/// <param name="http">The way to it.</param>
/// <param name="isByOrder">Whether it knows people by their orders alone, and is told these instead of the subject.</param>
sealed class PeopleClient(string service, HttpClient http, bool isByOrder = false)
{
    /// <summary>Who names a person's orders to those who know nothing else of people.</summary>
    public const string OrdersFrom = "ordering";

    /// <summary>So many orders are told at once.</summary>
    const int OrdersMax = 1000;

    public string Service => service;

    public bool IsByOrder => isByOrder;

    /// <summary>All that it holds on a person, as a JSON object; empty where it holds nothing.</summary>
    public async Task<string> ReadAsync(string subject, IReadOnlyList<string> orders, CancellationToken cancellation)
    {
        using var response = isByOrder
            ? await PostAsync("/internal/people/export", [.. orders.Take(OrdersMax)], cancellation)
            : await http.GetAsync(AddressOf(subject), cancellation);
        if (await IsNobodyAsync(response, cancellation)) return "{}";
        var part = await response.Content.ReadFromJsonAsync(SettingsJson.Default.JsonElement, cancellation);
        return part.ValueKind == JsonValueKind.Object ? part.GetRawText() : throw new HttpRequestException($"{service} answered no object.");
    }

    /// <summary>Has it forget a person. Repeated, it forgets what it could not before, or nothing more.</summary>
    /// <returns>What went and what stayed, and why; or the code of its refusal, when it does nothing of it now.</returns>
    public async Task<(ErasureAnswer Answer, string? RefusedFor)> EraseAsync(string subject, IReadOnlyList<string> orders, CancellationToken cancellation)
    {
        if (!isByOrder) return await ReadAnswerAsync(await http.DeleteAsync(AddressOf(subject), cancellation), cancellation);
        var all = ErasureAnswer.Nothing;
        foreach (var some in orders.Chunk(OrdersMax))
        {
            var (answer, reason) = await ReadAnswerAsync(await PostAsync("/internal/people/erase", some, cancellation), cancellation);
            if (reason is not null) return (all, reason);
            all = all.And(answer);
        }
        return (all, null);
    }

    /// <summary>The orders in a part of an export that is <see cref="OrdersFrom"/>'s.</summary>
    /// <exception cref="HttpRequestException">It does not say.</exception>
    public static IReadOnlyList<string> OrdersIn(string part)
    {
        using var json = JsonDocument.Parse(part);
        if (part == "{}") return [];
        if (!json.RootElement.TryGetProperty("orders", out var orders) || orders.ValueKind != JsonValueKind.Array)
        {
            throw new HttpRequestException($"{OrdersFrom} names no orders.");
        }
        return [.. orders.EnumerateArray().Select(order => order.GetProperty("id").GetString()!)];
    }

    Task<HttpResponseMessage> PostAsync(string address, IReadOnlyList<string> orders, CancellationToken cancellation) =>
        http.PostAsJsonAsync(address, new PersonOrders(orders), SettingsJson.Default.PersonOrders, cancellation);

    async Task<(ErasureAnswer, string?)> ReadAnswerAsync(HttpResponseMessage answered, CancellationToken cancellation)
    {
        using var response = answered;
        if (response.StatusCode == HttpStatusCode.Conflict) return (ErasureAnswer.Nothing, await CodeAsync(response, cancellation) ?? "refused");
        if (await IsNobodyAsync(response, cancellation) || response.StatusCode == HttpStatusCode.NoContent) return (ErasureAnswer.Nothing, null);
        return (ErasureAnswer.Read(await response.Content.ReadFromJsonAsync(SettingsJson.Default.JsonElement, cancellation)), null);
    }

    static string AddressOf(string subject) => "/internal/people/" + Uri.EscapeDataString(subject);

    /// <summary>Whether it knows nobody of that name. A service without the contract has not said so.</summary>
    /// <exception cref="HttpRequestException">It did not answer what was asked.</exception>
    async Task<bool> IsNobodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode) return false;
        var code = await CodeAsync(response, cancellation);
        if (response.StatusCode == HttpStatusCode.NotFound && code is not null and not "request.route_unknown") return true;
        // Without the address: it names the person, and this is written into a log.
        throw new HttpRequestException($"{service} answered {(int)response.StatusCode} {code}", null, response.StatusCode);
    }

    static async Task<string?> CodeAsync(HttpResponseMessage response, CancellationToken cancellation) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? (await response.Content.ReadFromJsonAsync(SettingsJson.Default.RefusalAnswer, cancellation))?.Code : null;
}

/// <summary>Of a refusal.</summary>
sealed record RefusalAnswer(string? Code = null);

/// <summary>Of whom a service knows nothing but these.</summary>
sealed record PersonOrders(IReadOnlyList<string> Orders);
