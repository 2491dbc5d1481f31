using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Souk.Simulation.PlantedBugs;

/// <summary>What is done with a call on its way: it may be changed, sent once, twice or not at all, and answered in any way.</summary>
/// <param name="call">The call.</param>
/// <param name="send">Carries it, or another one, on; and throws when nothing is heard of it.</param>
delegate Task<HttpResponseMessage> Hand(WorldCall call, Func<WorldCall, Task<HttpResponseMessage>> send);

/// <summary>Puts hands in the way of a store's calls. What was put there first is nearest to the caller.</summary>
static class Seams
{
    const string KeyHeader = "Idempotency-Key";

    /// <summary>Puts a hand in the way of certain calls.</summary>
    /// <param name="store">Whose.</param>
    /// <param name="caller">Who calls.</param>
    /// <param name="callee">Whom.</param>
    /// <param name="method">How.</param>
    /// <param name="path">What the address holds.</param>
    /// <param name="hand">What is done with them.</param>
    public static void On(this Store store, string caller, string callee, HttpMethod method, string path, Hand hand) =>
        store.Network.Seams.Add(new Seam(caller, callee, method, path, hand));

    public static string Key(this WorldCall call) => call.Request.Headers.GetValues(KeyHeader).Single();

    public static async Task<JsonNode> BodyAsync(this WorldCall call) => JsonNode.Parse(await call.Request.Content!.ReadAsStringAsync())!;

    public static async Task<JsonNode> BodyAsync(this HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    /// <summary>The same call with another body. The one in hand stays as it is: its caller may send it again.</summary>
    public static WorldCall WithBody(this WorldCall call, JsonNode body) => call.Copy(call.Path, body.ToJsonString());

    /// <summary>The same call under another key, and to another address where one is given.</summary>
    public static async Task<WorldCall> WithKeyAsync(this WorldCall call, string key, string? path = null)
    {
        var copy = call.Copy(path ?? call.Path, call.Request.Content is null ? null : await call.Request.Content.ReadAsStringAsync());
        copy.Request.Headers.Remove(KeyHeader);
        copy.Request.Headers.Add(KeyHeader, key);
        return copy;
    }

    /// <summary>An answer that nobody gave.</summary>
    public static HttpResponseMessage Answer(HttpStatusCode status, string json) => new(status)
    {
        Content = new StringContent(json, Encoding.UTF8, status < HttpStatusCode.BadRequest ? "application/json" : "application/problem+json"),
    };

    /// <summary>An answer that nobody gave, to every call.</summary>
    public static Hand Always(string json) => (_, _) => Task.FromResult(Answer(HttpStatusCode.OK, json));

    /// <summary>The line was cut after everything had arrived.</summary>
    public static HttpRequestException Lost() => new(HttpRequestError.ResponseEnded, "The answer is lost.");

    static WorldCall Copy(this WorldCall call, string path, string? json)
    {
        var request = new HttpRequestMessage(call.Request.Method, path);
        foreach (var header in call.Request.Headers.NonValidated) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        return new WorldCall(call.Caller, call.Callee, request);
    }

    sealed class Seam(string caller, string callee, HttpMethod method, string path, Hand hand) : ISeam
    {
        public bool IsFor(WorldCall call) =>
            call.Caller == caller && call.Callee == callee && call.Request.Method == method && call.Path.Contains(path, StringComparison.Ordinal);

        public Task<HttpResponseMessage> PassAsync(WorldCall call, Func<WorldCall, Task<HttpResponseMessage>> send) => hand(call, send);
    }
}
