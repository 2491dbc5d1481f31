using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Sagas;

namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>
/// Puts a world up in a real database, lets the real saga, the real use cases and the real clients do one thing to it,
/// and reads what has become of it. What the neighbours answer and what fails is chosen, every way.
/// </summary>
sealed class Checkout : IAsyncDisposable
{
    /// <summary>What does not happen in a world that is well again; <c>at once</c>: a wait is always over some day.</summary>
    static readonly string[] Faults = ["lost", "answer lost", "killed before", "killed after", "unknown", "at once"];

    /// <summary>What a call can meet.</summary>
    static readonly string[] Fates = ["ok", "lost", "answer lost", "killed before", "killed after", "cancelled meanwhile"];

    static readonly string[] Waiting = ["PaymentUnknown", "AwaitingCustomer", "Declined", "Cancelling", "Refunding"];
    static readonly string[] Resting = ["Completed", "Rejected", "Cancelled", "NeedsAttention", "Refunded"];
    static int _databases;

    readonly TestService _service;
    readonly Rows _rows;
    readonly Database _database;
    readonly Saga<Order> _saga;
    readonly Saga<Refund> _refunds;
    readonly Bug _bug;
    readonly List<string> _calls = [];
    Neighbours _neighbours = Neighbours.New;
    Choices _choices = new();
    Order? _committed;
    bool _mayCancel;
    bool _mayPayAgain;
    bool _isOvertaken;

    Checkout(TestService service, FakeTimeProvider clock, Bug bug)
    {
        (_service, _bug) = (service, bug);
        _database = service.App.Services.GetRequiredService<Database>();
        var inventory = new InventoryClient(Client("inventory"));
        var payment = new PaymentClient(Client("payment"));
        var shipping = new ShippingClient(Client("shipping"), clock);
        var ids = new TimedIds(clock);
        _refunds = new Saga<Refund>(new RefundSaga(payment, shipping, inventory).Plan(), RefundStore.FindAsync,
            _database, clock, ids, Rows.Holder, NullLogger.Instance);
        var checkout = new CheckoutSaga(inventory, payment, shipping, new CartClient(Client("cart")), _refunds, clock,
            new CheckoutOptions(bug == Bug.CustomerIsWaitedForForEver ? TimeSpan.FromDays(365) : TimeSpan.FromMinutes(15), TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.Zero, "http://store"));
        _saga = new Saga<Order>(checkout.Plan, OrderStore.FindAsync, _database, clock, ids, Rows.Holder, NullLogger.Instance);
        _rows = new Rows(_database, _saga, _refunds, clock);
        _saga.Moved = (_, order) => _committed = order;
    }

    /// <param name="bug">What is planted; default: nothing.</param>
    public static async Task<Checkout> StartAsync(Bug bug = Bug.None)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        // In memory: nothing here is about the disk.
        var database = $"Data Source=every-order-{Interlocked.Increment(ref _databases)};Mode=Memory;Cache=Shared";
        var service = await TestService.StartAsync(OrderingService.Build, Engine.Sqlite, new ServiceSetup
        {
            Clock = clock,
            RunPumps = false,
            Configuration = new Dictionary<string, string?> { ["ConnectionStrings:Database"] = database },
        });
        return new Checkout(service, clock, bug);
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    /// <summary>Everything that can happen next, but for calls that come late.</summary>
    public async Task<List<Edge>> EdgesAsync(World from)
    {
        var edges = new List<Edge>();
        var (state, reversal) = (from.Order.State, from.Order.Reversal);
        if (!Resting.Contains(state)) await TryAsync("it goes on", state, held => RunAsync(_saga, held));
        if (reversal is not null && !Resting.Contains(reversal)) await TryAsync("the reversal goes on", reversal, held => RunAsync(_refunds, held));
        await TryAsync("the customer cancels", null, _ => CancelAsync());
        await TryAsync("the customer pays with another card", null, _ => PayAgainAsync());
        foreach (var to in _saga.Plan.Moves["NeedsAttention"])
        {
            await TryAsync("an operator moves it to " + to, null, _ => ReviveAsync(to));
        }
        await TryAsync("an operator moves the reversal on", null, _ => _database.WriteAsync(
            tx => _refunds.TryReviveAsync(tx, Rows.Id + "-reversal", "Refunding", "model")));
        return edges;

        async Task TryAsync(string what, string? run, Func<SagaState, Task> act)
        {
            _choices = new Choices();
            do
            {
                var isOld = Waiting.Contains(run) && _choices.Next("at once", "two days later") == "two days later";
                (_neighbours, _mayCancel, _mayPayAgain) = (from.Neighbours, run is not null, run == "Declined");
                (_committed, _isOvertaken) = (null, false);
                _calls.Clear();
                var held = await _rows.PutAsync(from.Order, run, isOld ? TimeSpan.FromDays(2) : TimeSpan.Zero);
                await act(held);
                var (order, moves, events) = await _rows.GetAsync(held);
                string[] taken = [.. _choices.Taken];
                var edge = new Edge(taken.Length == 0 ? what : $"{what} ({string.Join(", ", taken)})", new World(order, _neighbours),
                    moves, [.. _calls.Distinct()], events, run is not null, !taken.Any(Faults.Contains));
                // What an act of somebody changed nothing by was refused; a run that changed nothing will be run again.
                if (edge.IsRun || edge.To != from) edges.Add(edge);
                if (_committed is { } known) IsWhole(order, known);
            }
            while (_choices.MoveOn());
        }
    }

    /// <summary>What becomes of the neighbours when a call that was sent once comes now.</summary>
    public static List<(string What, Neighbours To)> Late(Neighbours from, string call)
    {
        var choices = new Choices();
        var ways = new List<(string, Neighbours)>();
        do
        {
            var to = from.Answer(call, choices.Next).After;
            ways.Add(($"late comes {call} ({string.Join(", ", choices.Taken)})", to));
        }
        while (choices.MoveOn());
        return ways;
    }

    /// <summary>What a run goes on with in memory is what the rows say: so another run may go on from there as well.</summary>
    static void IsWhole(Standing order, Order known) => Assert.Equal(
        (order.Attempt, order.Payment, order.IsHeld, order.Ending, order.Reason, order.IsShipped),
        (known.Attempt, known.Payment, known.IsHeld, known.Ending, known.Reason, known.Shipment is not null));

    static async Task RunAsync<T>(Saga<T> saga, SagaState held) where T : class
    {
        try
        {
            await saga.RunAsync(held, null, null, CancellationToken.None);
        }
        catch (ProcessKilledException)
        {
            // Its rows say where to go on.
        }
    }

    Task CancelAsync() => _database.WriteAsync(async tx =>
    {
        if (_bug == Bug.CancelLooksAtNothing) await Rows.ForceAsync(tx, "Cancelling");
        else await CancelOrder.TryAsync(tx, _saga, Rows.Id);
    });

    Task PayAgainAsync() => _database.WriteAsync(async tx => { await PayAgain.TryAsync(tx, _saga, Rows.Id, "another"); });

    Task ReviveAsync(string to) => _database.WriteAsync(async tx =>
    {
        if (_bug == Bug.OperatorLooksAtNothing) await _saga.TryReviveAsync(tx, Rows.Id, to, "model");
        else await MoveOrder.TryAsync(tx, _saga, (await OrderStore.FindAsync(tx, Rows.Id))!, to, "model");
    });

    HttpClient Client(string service) => new(new Door(this)) { BaseAddress = new Uri($"http://{service}") };

    async Task<Reply> CallAsync(string call)
    {
        // What was committed is a world of its own, gone on from there: the same as if this run went on.
        if (_committed is not null) throw new ProcessKilledException();
        _calls.Add(call);
        var fate = _isOvertaken ? "ok" : _choices.Next(_mayPayAgain ? [.. Fates, "paid again meanwhile"] : _mayCancel ? Fates : Fates[..^1]);
        if (fate == "killed before") throw new ProcessKilledException();
        if (fate == "lost") return Lost(call);
        if (fate.EndsWith("meanwhile", StringComparison.Ordinal))
        {
            _isOvertaken = true;
            await (fate.StartsWith('c') ? CancelAsync() : PayAgainAsync());
        }
        var reply = Planted(call) ?? _neighbours.Answer(call, options => _choices.Next(options));
        _neighbours = reply.After;
        if (fate == "killed after") throw new ProcessKilledException();
        return fate == "answer lost" ? Lost(call) : reply;
    }

    Reply Lost(string call) => _bug == Bug.TimeoutIsADecline && call.StartsWith("payment authorize", StringComparison.Ordinal)
        ? new Reply(_neighbours, 200, """{"state":"declined"}""") : throw new HttpRequestException("lost");

    /// <summary>What a client says that has a bug: without asking.</summary>
    Reply? Planted(string call) => (_bug, call) switch
    {
        (Bug.VoidIsForgotten, "payment void") => new Reply(_neighbours, 200, """{"state":"voided"}"""),
        (Bug.ReleaseIsForgotten, "inventory released") => new Reply(_neighbours, 200, "{}"),
        (Bug.ConfirmedWithoutPin, "inventory pinned") => new Reply(_neighbours, 200, "{}"),
        (Bug.CapturedUnderANewKey, "payment capture") when _neighbours.Capture == "done" =>
            new Reply(_neighbours with { Captures = _neighbours.Captures + 1 }, 200, """{"state":"captured"}"""),
        _ => null,
    };

    sealed class Door(Checkout checkout) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var reply = await checkout.CallAsync(await NameAsync(request, cancellationToken));
            return new HttpResponseMessage((HttpStatusCode)reply.Status)
            {
                RequestMessage = request,
                Content = new StringContent(reply.Json, Encoding.UTF8, reply.Status < 400 ? "application/json" : "application/problem+json"),
            };
        }

        static async Task<string> NameAsync(HttpRequestMessage request, CancellationToken cancellation) =>
            (request.RequestUri!.Host, request.RequestUri.AbsolutePath.Split('/')[2..]) switch
            {
                ("inventory", [_, Rows.Id]) => "inventory reserve",
                ("inventory", [_, Rows.Id, "state"]) => "inventory " + (await request.Content!.ReadAsStringAsync(cancellation)).Split('"')[3],
                ("payment", [_, Rows.Id, "authorizations", var attempt]) => "payment authorize " + attempt,
                ("payment", [_, Rows.Id, var what]) => "payment " + what,
                ("shipping", [_, Rows.Id]) => "shipping ship",
                ("shipping", [_, Rows.Id, "cancellation"]) => "shipping cancel",
                ("cart", [_, Rows.Id]) => "cart empty",
                _ => throw new InvalidOperationException($"Nobody expects {request.RequestUri}."),
            };
    }
}

/// <summary>What is planted to see it found.</summary>
enum Bug
{
    None,
    VoidIsForgotten,
    ReleaseIsForgotten,
    ConfirmedWithoutPin,
    TimeoutIsADecline,
    CapturedUnderANewKey,
    CancelLooksAtNothing,
    OperatorLooksAtNothing,
    CustomerIsWaitedForForEver,
}
