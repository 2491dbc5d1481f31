using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Control;

/// <summary>What runs, one entry per replica; pid and port are null while it has no process.</summary>
sealed record ReplicaView(
    string Service, string Instance, int? Pid, int? Port, string Version, bool Ready, string Status,
    int Restarts, long MemoryBytes, double? RequestsPerSecond)
{
    public static ReplicaView Of(Replica replica) => new(
        replica.Service, replica.Instance, replica.Process?.Pid, replica.Process is null ? null : replica.Port,
        replica.Release.Version, replica.IsReady, replica.Status.ToString().ToLowerInvariant(),
        replica.Restarts, replica.MemoryBytes, replica.Requests.PerSecond is { } rate ? Math.Round(rate, 1) : null);
}

/// <summary>GET /status: every replica, in the order of their names.</summary>
static class ReadStatus
{
    public static void Map(WebApplication app, Fleet fleet) => app.MapGet("/status", (RequestDelegate)(context =>
        context.Response.WriteAsJsonAsync([.. fleet.Replicas.Select(ReplicaView.Of)], ControlJson.Plain.ReplicaViewArray)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplicaView[]))]
sealed partial class ControlJson : JsonSerializerContext
{
    /// <summary>For people and scripts: a version's "+" stays a "+".</summary>
    public static ControlJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
