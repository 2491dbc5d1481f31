using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Sandbox;

/// <summary>Reads and sets how badly the provider behaves. A PUT sets them all; what it leaves out is off.</summary>
static class TurnSwitches
{
    static readonly Refusal Invalid = Refusal.BadRequest("sandbox.switches_invalid",
        "A chance is 0 to 1, a time is 0 to 3600000 milliseconds.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/switches", async (SwitchBoard board, CancellationToken cancellation) =>
            TypedResults.Ok(await board.NowAsync(cancellation))).WithName("ReadSwitches").ProducesProblem(401).AllowAnyone();
        app.MapPut("/v1/switches", TurnAsync).WithName("TurnSwitches").ProducesProblem(401).AllowAnyone();
    }

    static async Task<Results<Ok<Switches>, Refusal>> TurnAsync(Switches body, SwitchBoard board, CancellationToken cancellation)
    {
        if (!body.IsValid) return Invalid;
        await board.TurnAsync(body, cancellation);
        return TypedResults.Ok(body);
    }
}

/// <summary>The faults that can be switched on; chances are from 0 to 1, and all are off by default.</summary>
/// <param name="LatencyMs">Every answer takes so much longer.</param>
/// <param name="IsDown">The API and the pages answer 503, and no webhook leaves.</param>
/// <param name="TimeoutBefore">A request that moves money hangs, and nothing has happened.</param>
/// <param name="TimeoutAfter">It hangs after everything has happened.</param>
/// <param name="WebhookLost">A webhook is never sent.</param>
/// <param name="WebhookLate">It is sent <paramref name="WebhookLateMs"/> later.</param>
/// <param name="WebhookLateMs">How late.</param>
/// <param name="WebhookDuplicate">It is sent twice.</param>
/// <param name="WebhookReorder">It is held back for a moment, so that later ones overtake it.</param>
sealed record Switches(
    int LatencyMs = 0, bool IsDown = false, double TimeoutBefore = 0, double TimeoutAfter = 0,
    double WebhookLost = 0, double WebhookLate = 0, int WebhookLateMs = 5000, double WebhookDuplicate = 0, double WebhookReorder = 0)
{
    const int TimeMax = 3_600_000;

    public bool IsValid =>
        LatencyMs is >= 0 and <= TimeMax && WebhookLateMs is >= 0 and <= TimeMax
        && new[] { TimeoutBefore, TimeoutAfter, WebhookLost, WebhookLate, WebhookDuplicate, WebhookReorder }.All(chance => chance is >= 0 and <= 1);
}

/// <summary>The switches, kept in the database and read at most once a second: a request pays nothing for them.</summary>
sealed class SwitchBoard(SandboxStore store, TimeProvider clock)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    Known? _known;

    public async ValueTask<Switches> NowAsync(CancellationToken cancellation)
    {
        if (_known is { } known && clock.GetElapsedTime(known.At) < Fresh) return known.Switches;
        var at = clock.GetTimestamp();
        var text = await store.SwitchesAsync(cancellation);
        var switches = text is null ? new Switches() : JsonSerializer.Deserialize(text, SandboxJson.Default.Switches)!;
        _known = new Known(switches, at);
        return switches;
    }

    public async Task TurnAsync(Switches switches, CancellationToken cancellation)
    {
        await store.TurnSwitchesAsync(JsonSerializer.Serialize(switches, SandboxJson.Default.Switches), cancellation);
        _known = new Known(switches, clock.GetTimestamp());
    }

    sealed record Known(Switches Switches, long At);
}
