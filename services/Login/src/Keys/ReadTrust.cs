using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Tokens;

namespace Souk.Login.Keys;

/// <summary>
/// What a service needs to check tokens by itself: the issuer, its public keys, and what was revoked after a position. With
/// <c>wait</c> it answers as soon as there is news.
/// </summary>
static class ReadTrust
{
    const int WaitSecondsMax = 30;

    // Another replica's commit sets no signal here.
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    static readonly string[] Readers =
    [
        "gateway", "storefront", "backoffice", "catalog", "inventory", "cart", "ordering", "payment", "shipping", "notifications", "settings", "souk",
    ];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/trust", HandleAsync).WithName("ReadTrust").AllowCallers(Readers).ProveAnswer().WithMetadata(new LongPoll());
        app.MapPost("/internal/keys/rotate", RotateAsync).WithName("RotateKeys").AllowCallers("souk");
    }

    static async Task<Results<Ok<TrustView>, Refusal>> HandleAsync(
        TrustStore store, KeyRing keys, TrustNews news, LoginSettings settings, Drain drain, TimeProvider clock, HttpContext context,
        long after = 0, int wait = 0)
    {
        if (after < 0 || wait is < 0 or > WaitSecondsMax) return LoginRefusals.TrustQueryInvalid;
        var patience = TimeSpan.FromSeconds(wait);
        var started = clock.GetTimestamp();
        while (true)
        {
            var next = news.Next;
            var (position, revoked) = await store.ReadAsync(after, context.RequestAborted);
            var left = patience - clock.GetElapsedTime(started);
            // After a position that this database has not reached (it was restored, or made anew): all of it, from the start.
            if (position < after) (position, revoked) = await store.ReadAsync(0, context.RequestAborted);
            if (position != after || left < Waiting.Least || drain.Started.IsCancellationRequested)
            {
                // A key made by another replica: it is published with the position that tells of it.
                if (position != after) await keys.StepAsync(context.RequestAborted);
                return TypedResults.Ok(new TrustView(settings.PublicUrl.AbsoluteUri, position, [.. keys.Published.Select(KeyView.Of)], revoked));
            }
            try
            {
                await next.WaitAsync(left < LookAgain ? left : LookAgain, clock, drain.Started);
            }
            catch (Exception error) when (error is TimeoutException or OperationCanceledException)
            {
                // Nothing new here: look again, or answer that there is nothing.
            }
        }
    }

    static async Task<NoContent> RotateAsync(KeyRing keys, CancellationToken cancellation)
    {
        await keys.RotateAsync(cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>Everything that a service must know to check a token.</summary>
sealed record TrustView(string Issuer, long Position, IReadOnlyList<KeyView> Keys, IReadOnlyList<Revoked> Revoked);

/// <summary>A public key, as a JSON Web Key.</summary>
sealed record KeyView(string Kty, string Crv, string X, string Y, string Kid, string Use, string Alg)
{
    public static KeyView Of(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new KeyView("EC", "P-256", Base64UrlEncoder.Encode(point.X), Base64UrlEncoder.Encode(point.Y), key.KeyId, "sig", SecurityAlgorithms.EcdsaSha256);
    }
}
