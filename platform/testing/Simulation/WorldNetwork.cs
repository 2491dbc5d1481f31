using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Testing.Simulation;

/// <summary>Carries every call between the services of a world, and from outside: late, twice, or not at all.</summary>
/// <param name="world">The world.</param>
/// <param name="keys">The folder of the services' keys.</param>
public sealed class WorldNetwork(World world, string keys)
{
    readonly Dictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    readonly Dictionary<string, ServiceIdentity> _identities = new(StringComparer.Ordinal);

    /// <summary>The world.</summary>
    public World World => world;

    /// <summary>What goes wrong.</summary>
    public IFaultPlan Plan { get; set; } = new NoFaults(new Chance(0));

    /// <summary>The services, in the order in which they were added.</summary>
    public IReadOnlyCollection<Machine> Machines => _machines.Values;

    /// <summary>How many faults have struck.</summary>
    public long Faults { get; private set; }

    /// <summary>Whose calls come in by the front door, and so with its identity.</summary>
    public HashSet<string> Outside { get; } = new(StringComparer.Ordinal);

    /// <summary>What is put in the way of certain calls, in turn: tests plant bugs there.</summary>
    public IList<ISeam> Seams { get; } = [];

    /// <summary>A service by its name.</summary>
    public Machine this[string service] => _machines[service];

    /// <summary>Adds a service; it is not started yet.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="build">How it builds itself.</param>
    /// <param name="configuration">Its settings.</param>
    /// <param name="clockOffset">By how much its clock is wrong.</param>
    public Machine Add(string service, Func<ServiceSetup, WebApplication> build, IReadOnlyDictionary<string, string?> configuration, TimeSpan clockOffset = default) =>
        _machines[service] = new Machine(this, service, build, configuration, clockOffset);

    /// <summary>Calls a service from outside.</summary>
    /// <param name="caller">With whose identity: <c>gateway</c> for a shopper.</param>
    /// <param name="callee">The service.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="HttpRequestException">Nothing is known of what became of it.</exception>
    public Task<HttpResponseMessage> SendAsync(string caller, string callee, HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation(ServiceIdentity.Header, IdentityOf(caller).TokenFor(callee));
        return CarryAsync(null, new WorldCall(caller, callee, request), CancellationToken.None);
    }

    internal HttpMessageHandler Wire(WorldProcess caller, string callee) => new End(this, caller, callee);

    /// <summary>A fault that is nobody's call and nobody's commit.</summary>
    public void Struck() => Faults++;

    async Task<HttpResponseMessage> CarryAsync(WorldProcess? caller, WorldCall call, CancellationToken cancellation)
    {
        world.OnThread();
        return await PassAsync(caller, call, 0, cancellation);
    }

    /// <summary>Through the seams, then over the wire.</summary>
    async Task<HttpResponseMessage> PassAsync(WorldProcess? caller, WorldCall call, int at, CancellationToken cancellation)
    {
        for (; at < Seams.Count; at++)
        {
            if (!Seams[at].IsFor(call)) continue;
            var next = at + 1;
            return await Seams[at].PassAsync(call, passed => PassAsync(caller, passed, next, cancellation));
        }
        return await new Flight(this, caller, call, await RequestOfAsync(call)).GoAsync(cancellation);
    }

    static async Task<WorldRequest> RequestOfAsync(WorldCall call)
    {
        var headers = new List<KeyValuePair<string, string>> { new("Host", call.Callee) };
        foreach (var header in call.Request.Headers.NonValidated) headers.Add(new(header.Key, header.Value.ToString()));
        byte[] body = [];
        if (call.Request.Content is { } content)
        {
            body = await content.ReadAsByteArrayAsync();
            foreach (var header in content.Headers.NonValidated) headers.Add(new(header.Key, header.Value.ToString()));
        }
        return new WorldRequest(call.Request.Method.Method, call.Path, headers, body);
    }

    ServiceIdentity IdentityOf(string caller)
    {
        if (_identities.TryGetValue(caller, out var known)) return known;
        var identity = new ServiceIdentity(caller, new ServiceKeys(keys), new WorldClock(world, TimeSpan.Zero, static () => false));
        identity.Load();
        return _identities[caller] = identity;
    }

    /// <summary>One call on its way, from the caller's hand to its answer.</summary>
    sealed class Flight(WorldNetwork network, WorldProcess? caller, WorldCall call, WorldRequest request)
    {
        readonly TaskCompletionSource<HttpResponseMessage> _answer = new();
        readonly CancellationTokenSource _gone = new();
        readonly Site _site = SiteOf(caller, call);

        World World => network.World;

        bool IsOfNobody => caller is { IsOver: true };

        public async Task<HttpResponseMessage> GoAsync(CancellationToken cancellation)
        {
            if (IsOfNobody) return await _answer.Task;
            await using var giveUp = cancellation.UnsafeRegister(static flight => ((Flight)flight!).GiveUp(), this);
            var fate = network.Plan.FateOf(_site);
            if (fate != Fate.Carried) network.Faults++;
            World.Trace.Add(fate == Fate.Carried ? "call" : fate.ToString(), call.Caller, call.Callee, $"{request.Method} {request.Path}",
                content: () => Encoding.UTF8.GetString(request.Body));
            var isDelivered = fate is not (Fate.LostBefore or Fate.Silence);
            if (isDelivered) World.After(network.Plan.Latency(), () => World.Begin(() => DeliverAsync(fate, isAgain: false)));
            if (fate == Fate.Twice) World.After(network.Plan.Latency() * 2, () => World.Begin(() => DeliverAsync(Fate.Silence, isAgain: true)));
            if (fate == Fate.LostBefore) World.After(network.Plan.Latency(), Broken);
            return await _answer.Task;
        }

        async Task DeliverAsync(Fate fate, bool isAgain)
        {
            if (!network._machines.TryGetValue(call.Callee, out var machine) || machine.Process is not { } process)
            {
                // Nobody listens: that much a caller knows.
                World.After(network.Plan.Latency(), () => Fails(new HttpRequestException(HttpRequestError.ConnectionError, $"'{call.Callee}' does not listen.")));
                return;
            }
            var answer = await process.HandleAsync(request, isAgain ? static () => { } : Broken, isAgain ? CancellationToken.None : _gone.Token);
            World.OnThread(request.Path);
            if (process.IsOver || answer is null) return;
            World.Trace.Add("answer", call.Callee, call.Caller, $"{request.Method} {request.Path}", answer.Status, () => Encoding.UTF8.GetString(answer.Body));
            switch (fate)
            {
                case Fate.LostAfter:
                    World.After(network.Plan.Latency(), Broken);
                    break;
                case Fate.Silence or Fate.SilenceAfter:
                    break;
                case Fate.CallerKilled when caller is not null:
                    World.After(network.Plan.Latency(), () =>
                    {
                        if (!IsOfNobody) caller.Machine.Kill(network.Plan.DownFor(_site));
                    });
                    break;
                default:
                    World.After(network.Plan.Latency(), () => Answered(answer));
                    break;
            }
        }

        void Answered(WorldAnswer answer)
        {
            if (IsOfNobody) return;
            var message = new HttpResponseMessage((HttpStatusCode)answer.Status) { Content = new ByteArrayContent(answer.Body), RequestMessage = call.Request };
            foreach (var header in answer.Headers)
            {
                if (!message.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray()))
                {
                    message.Content.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());
                }
            }
            _answer.TrySetResult(message);
        }

        /// <summary>The line is cut: whether anything was done, the caller cannot know.</summary>
        void Broken() => Fails(new HttpRequestException(HttpRequestError.ResponseEnded, "The line was cut."));

        void Fails(HttpRequestException error)
        {
            if (!IsOfNobody) _answer.TrySetException(error);
        }

        void GiveUp()
        {
            if (!_answer.TrySetCanceled() || IsOfNobody) return;
            World.After(network.Plan.Latency(), _gone.Cancel);
        }

        static Site SiteOf(WorldProcess? caller, WorldCall call)
        {
            var what = $"{call.Callee} {call.Request.Method.Method} {Sites.Template(call.Path)}";
            return caller is null || WorldProcess.Trigger is not { } trigger
                ? new Site(call.Caller, "", 0, SiteKind.Call, what)
                : new Site(call.Caller, trigger.Name, trigger.Next(what), SiteKind.Call, what);
        }
    }

    /// <summary>What a process has in its hand when it calls another.</summary>
    sealed class End(WorldNetwork network, WorldProcess caller, string callee) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (network.Outside.Contains(caller.Service))
            {
                request.Headers.TryAddWithoutValidation(ServiceIdentity.Header, network.IdentityOf("gateway").TokenFor(callee));
            }
            return network.CarryAsync(caller, new WorldCall(caller.Service, callee, request), cancellationToken);
        }
    }
}

/// <summary>Something in the way of certain calls.</summary>
public interface ISeam
{
    /// <summary>Whether a call comes by here.</summary>
    bool IsFor(WorldCall call);

    /// <summary>Passes a call on, changed or not, once, twice or not at all, and answers it in any way.</summary>
    Task<HttpResponseMessage> PassAsync(WorldCall call, Func<WorldCall, Task<HttpResponseMessage>> send);
}

/// <summary>A call as it leaves its caller's hand.</summary>
/// <param name="caller">Who calls.</param>
/// <param name="callee">Whom.</param>
/// <param name="request">What is sent.</param>
public sealed class WorldCall(string caller, string callee, HttpRequestMessage request)
{
    /// <summary>Who calls.</summary>
    public string Caller => caller;

    /// <summary>Whom.</summary>
    public string Callee => callee;

    /// <summary>What is sent.</summary>
    public HttpRequestMessage Request => request;

    /// <summary>With the query.</summary>
    public string Path { get; } = request.RequestUri!.IsAbsoluteUri ? request.RequestUri.PathAndQuery : request.RequestUri.OriginalString;
}
