using System.Net;
using System.Text.Json;

namespace Souk.Gateway.Tests;

/// <summary>What a test expects of an answer.</summary>
static class Answer
{
    /// <summary>It is a problem with this status and code, with the trace id in its body and in its header.</summary>
    public static async Task IsProblemAsync(HttpResponseMessage answer, int status, string code)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True((HttpStatusCode)status == answer.StatusCode, $"{(int)answer.StatusCode} instead of {status}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(body);
        Assert.Equal(code, json.RootElement.GetProperty("code").GetString());
        Assert.Equal(Assert.Single(answer.Headers.GetValues("Trace-Id")), json.RootElement.GetProperty("traceId").GetString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    /// <summary>What came over the wire is a refusal with this status.</summary>
    public static void Is(string wire, int status) =>
        Assert.True(wire.StartsWith($"HTTP/1.1 {status} ", StringComparison.Ordinal), $"Instead of {status}: {wire}");
}
