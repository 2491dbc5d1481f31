using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Souk.Platform.Security;

namespace Souk.Acceptance;

/// <summary>A route of a running service as that service tells of it: who may call it, and which user it is for.</summary>
sealed partial record StoreRoute(
    string Service, string Method, string Pattern, string ContentType, IReadOnlyList<string> Callers, string? User, string? Scope, bool SupportToo)
{
    /// <summary>The pattern with a word in each place.</summary>
    public string Address { get; } = "/" + Place().Replace(Pattern, place => place.Value.Contains(":int", StringComparison.Ordinal) ? "404" : "x").TrimStart('/');

    /// <summary>Whether it reads a body of a certain kind.</summary>
    public bool HasBody { get; init; }

    public bool IsApi => Address.StartsWith("/api/", StringComparison.Ordinal);

    public override string ToString() => $"{Service}: {Method} {Pattern}";

    public static IEnumerable<StoreRoute> Read(string service, JsonElement route)
    {
        var methods = Texts(route, "methods");
        foreach (var method in methods.Count > 0 ? methods : ["GET"])
        {
            yield return new StoreRoute(
                service, method, route.GetProperty("pattern").GetString()!, Texts(route, "accepts").FirstOrDefault() ?? "application/json", Texts(route, "callers"),
                route.TryGetProperty("user", out var user) ? user.GetString() : null,
                route.TryGetProperty("scope", out var scope) ? scope.GetString() : null,
                route.TryGetProperty("supportToo", out var support) && support.GetBoolean())
            { HasBody = Texts(route, "accepts").Count > 0 };
        }
    }

    static List<string> Texts(JsonElement route, string name) => [.. route.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Place();
}

/// <summary>The ports of a store's services, seen by whoever is on the machine, and the table of all their routes.</summary>
sealed class Ports : IDisposable
{
    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(20) };
    readonly IReadOnlyDictionary<string, Uri> _addresses;
    readonly Dictionary<string, ServiceIdentity> _identities = [];

    Ports(Store store, IReadOnlyDictionary<string, Uri> addresses)
    {
        _addresses = addresses;
        var keys = new ServiceKeys(Path.Combine(store.Folder, "keys"));
        foreach (var name in addresses.Keys.Append("souk")) _identities[name] = new ServiceIdentity(name, keys, TimeProvider.System);
    }

    /// <summary>Every running service but the gateway, whose routes are the others'.</summary>
    public IReadOnlyList<string> Services => [.. _addresses.Keys.Where(name => name != "gateway").Order(StringComparer.Ordinal)];

    /// <summary>Every address at which something of the store listens.</summary>
    public IEnumerable<Uri> Addresses => _addresses.Values;

    /// <summary>Every route of every service.</summary>
    public IReadOnlyList<StoreRoute> Routes { get; private set; } = [];

    public static async Task<Ports> OpenAsync(Store store)
    {
        var ports = new Ports(store, await store.AddressesAsync());
        var routes = new List<StoreRoute>();
        foreach (var service in ports.Services)
        {
            using var answer = await ports.SendAsync(service, HttpMethod.Get, "/internal/routes", "souk");
            Assert.True(answer.IsSuccessStatusCode, $"{service} tells no routes: {(int)answer.StatusCode}");
            routes.AddRange(JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()).EnumerateArray().SelectMany(route => StoreRoute.Read(service, route)));
        }
        ports.Routes = routes;
        return ports;
    }

    /// <summary>A valid identity of a service, made out to another.</summary>
    public string IdentityOf(string caller, string callee) => _identities[caller].TokenFor(callee);

    /// <summary>Asks a route at its service's own port and tells status and code.</summary>
    public async Task<string> AskAsync(StoreRoute route, string? caller, string? token = null, string body = "{}", string? contentType = null)
    {
        var content = route.Method is "GET" or "HEAD" ? null : new StringContent(body, Encoding.UTF8);
        if (content is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType ?? route.ContentType);
        using var answer = await SendAsync(route.Service, new HttpMethod(route.Method), route.Address, caller, token, content);
        return await ReadAsync(answer);
    }

    /// <summary>Asks all of these, many at once, and names those whose answer is another than the one expected.</summary>
    /// <param name="routes">What is asked.</param>
    /// <param name="expected">Status and code.</param>
    /// <param name="ask">How.</param>
    public static async Task AllAnswerAsync<T>(IEnumerable<T> routes, string expected, Func<T, Task<string>> ask)
    {
        var asked = routes.ToList();
        Assert.NotEmpty(asked);
        var wrong = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, _) =>
        {
            var answer = await ask(one);
            if (answer != expected) wrong.Add($"{one}: {answer}");
        });
        Assert.True(wrong.IsEmpty, $"Not '{expected}':\n" + string.Join('\n', wrong.Order(StringComparer.Ordinal)));
    }

    public async Task<HttpResponseMessage> SendAsync(
        string service, HttpMethod method, string address, string? caller, string? token = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_addresses[service], address)) { Content = content };
        if (caller is not null) request.Headers.Add(ServiceIdentity.Header, IdentityOf(caller, service));
        if (token is not null) request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
        return await _http.SendAsync(request);
    }

    /// <summary>Status and code: "403 token.not_staff".</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage answer)
    {
        var code = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()).GetProperty("code").GetString() : null;
        return $"{(int)answer.StatusCode} {code}".TrimEnd();
    }

    public void Dispose() => _http.Dispose();
}
