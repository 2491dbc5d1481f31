using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Souk.Platform.Hosting;

/// <summary>
/// Counts requests and sheds load: over its limit a service answers 503 with Retry-After at once, before it does
/// any work, so that what it has taken on stays fast.
/// </summary>
/// <param name="inFlightMax">Requests at once, long polls not counted. Setting: <c>Souk:InFlightMax</c>, default 512.</param>
sealed class Load(int inFlightMax)
{
    long _served;
    int _inFlight;

    public long Served => Volatile.Read(ref _served);

    public int InFlight => Volatile.Read(ref _inFlight);

    public void Use(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<LongPoll>() is not null
            || context.Request.Path.StartsWithSegments("/health"))
        {
            await next(context);
            return;
        }

        Interlocked.Increment(ref _served);
        try
        {
            if (Interlocked.Increment(ref _inFlight) > inFlightMax)
            {
                await Problem.WriteAsync(context, 503, "load.shed", "Too many requests are under way. Try again shortly.");
                return;
            }
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    });
}

/// <summary>Marks an endpoint that waits for news: it holds no resource while it does.</summary>
public sealed class LongPoll;
