using Microsoft.Extensions.Hosting;

namespace Souk.Platform.Hosting;

/// <summary>
/// A service stops without a failed request: told to stop it is no longer ready, long polls end, what is under
/// way finishes (up to 10 s), then the process ends.
/// </summary>
public sealed class Drain
{
    /// <summary>Requests under way get this long.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Watches a service's lifetime.</summary>
    /// <param name="lifetime">Where the stop is announced.</param>
    public Drain(IHostApplicationLifetime lifetime) => Started = lifetime.ApplicationStopping;

    /// <summary>Cancelled when the service has been told to stop.</summary>
    public CancellationToken Started { get; }
}

/// <summary>
/// Stops the service when its standard input ends (<c>Souk:StopWithStdin</c>): a launcher that is killed closes the
/// pipe, so none of its services outlives it.
/// </summary>
sealed class StdinWatch(IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Watch) { IsBackground = true, Name = "stdin", }.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    void Watch()
    {
        using var stdin = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[64];
        while (stdin.Read(ignored) > 0)
        {
        }
        lifetime.StopApplication();
    }
}
