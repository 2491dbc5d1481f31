using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Souk.Testing.Simulation;

/// <summary>What a service has instead of Kestrel: its whole pipeline, called on the world's thread.</summary>
sealed class WorldServer : IServer
{
    Func<FeatureCollection, Task>? _run;

    public WorldServer() => Features.Set<IServerAddressesFeature>(new ServerAddressesFeature());

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _run = async features =>
        {
            var context = application.CreateContext(features);
            try
            {
                await application.ProcessRequestAsync(context);
            }
            catch (Exception error)
            {
                application.DisposeContext(context, error);
                throw;
            }
            application.DisposeContext(context, null);
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    /// <summary>Serves a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="gone">The client has gone.</param>
    /// <returns>The answer; null: the connection was broken off.</returns>
    public async Task<WorldAnswer?> HandleAsync(WorldRequest request, CancellationToken gone)
    {
        var query = request.Path.IndexOf('?', StringComparison.Ordinal);
        var asked = new HttpRequestFeature
        {
            Method = request.Method,
            Path = Uri.UnescapeDataString(query < 0 ? request.Path : request.Path[..query]),
            RawTarget = request.Path,
            QueryString = query < 0 ? "" : request.Path[query..],
            Protocol = "HTTP/1.1",
            Scheme = "http",
            Body = new MemoryStream(request.Body, writable: false),
        };
        foreach (var (name, value) in request.Headers) asked.Headers[name] = value;
        if (request.Body.Length > 0) asked.Headers.ContentLength = request.Body.Length;

        using var body = new MemoryStream();
        var answer = new HttpResponseFeature();
        var writing = new StreamResponseBodyFeature(body);
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(asked);
        features.Set<IHttpResponseFeature>(answer);
        features.Set<IHttpResponseBodyFeature>(writing);
        features.Set<IHttpRequestBodyDetectionFeature>(new HasBody(request.Body.Length > 0));
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature { RequestAborted = gone });
        try
        {
            await _run!(features);
            await writing.CompleteAsync();
        }
        catch (Exception) when (gone.IsCancellationRequested)
        {
            return null;
        }
        return new WorldAnswer(answer.StatusCode, answer.Headers, body.ToArray());
    }

    sealed record HasBody(bool CanHaveBody) : IHttpRequestBodyDetectionFeature;
}

/// <summary>A request on its way.</summary>
sealed record WorldRequest(string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body);

/// <summary>An answer on its way.</summary>
sealed record WorldAnswer(int Status, IHeaderDictionary Headers, byte[] Body);
