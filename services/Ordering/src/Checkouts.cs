using Souk.Platform;

namespace Souk.Ordering;

/// <summary>
/// Orders as they stand now, and waiting for news of them: for the moment that a request gives its saga, and for a page
/// that looks on.
/// </summary>
sealed class Checkouts
{
    public const string Address = "/api/ordering/orders/";

    // News of another replica, or of a feed, sets no signal here.
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    readonly Database _database;
    readonly Saga<Order> _saga;
    readonly Saga<Refund> _refunds;
    readonly TimeProvider _clock;
    readonly CheckoutOptions _options;
    readonly CancellationToken _stopping;
    // An order's news wakes those who wait for one of a few others, too: they look, and wait on.
    readonly Signal[] _news;

    public Checkouts(
        Database database, Saga<Order> saga, Saga<Refund> refunds, TimeProvider clock, CheckoutOptions options, Drain drain)
    {
        (_database, _saga, _refunds, _clock, _options, _stopping) = (database, saga, refunds, clock, options, drain.Started);
        _news = [.. Enumerable.Range(0, 64).Select(_ => new Signal(clock))];
        saga.Moved = (now, _) => NewsOf(now.Id).Set();
        refunds.Moved = (_, refund) => NewsOf(refund.Order.Id).Set();
    }

    /// <summary>The order as it stands; null when there is none.</summary>
    public Task<OrderView?> FindAsync(string id, CancellationToken cancellation = default) => _database.ReadAsync(async session =>
    {
        if (await OrderStore.FindAsync(session, id) is not { } order) return null;
        var moves = await _saga.MovesAsync(session, id, cancellation);
        var refunds = new List<(Refund, SagaState)>();
        foreach (var refund in await RefundStore.OfAsync(session, order))
        {
            if (await _refunds.FindAsync(session, refund.Id) is { } run) refunds.Add((refund, run));
        }
        return OrderView.Of(order, moves, refunds);
    }, cancellation);

    /// <summary>
    /// The order once it is newer than a version, or as it is when the wait is over; null at once when there is none, or none
    /// that is shown to the user.
    /// </summary>
    public async Task<OrderView?> FindNewerAsync(string id, StoreUser? user, long version, TimeSpan wait, CancellationToken cancellation) =>
        await FindAsync(id, view => view.Version > version || !view.IsShownTo(user), wait, cancellation) is { } view
        && view.IsShownTo(user) ? view : null;

    async Task<OrderView?> FindAsync(string id, Func<OrderView, bool> isEnough, TimeSpan wait, CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping);
        while (true)
        {
            var news = NewsOf(id).Next;
            var view = await FindAsync(id, cancellation);
            var left = wait - _clock.GetElapsedTime(started);
            if (view is null || isEnough(view) || left < Waiting.Least || end.IsCancellationRequested) return view;
            try
            {
                await news.WaitAsync(left < LookAgain ? left : LookAgain, _clock, end.Token);
            }
            catch (Exception over) when (over is TimeoutException or OperationCanceledException)
            {
                // Looked at once more, then.
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Runs a saga that was begun or taken, and waits a moment for it. It goes on by itself, whoever has gone.</summary>
    /// <param name="held">The saga.</param>
    /// <param name="order">What it is about; null: it is loaded.</param>
    /// <param name="started">When the request began.</param>
    public async Task RunAsync(SagaState held, Order? order, long started)
    {
        var decided = new TaskCompletionSource();
        var run = _saga.RunOnAsync(held, order, (now, _) =>
        {
            if (IsDecided(now.State)) decided.TrySetResult();
        });
        var left = _options.AnswerWithin - _clock.GetElapsedTime(started);
        if (left <= TimeSpan.Zero || decided.Task.IsCompleted || run.IsCompleted) return;
        try
        {
            await Task.WhenAny(decided.Task, run).WaitAsync(left, _clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            // Something is slow: the answer is where to look.
        }
    }

    /// <summary>Waits a moment for a saga whose run is under way already.</summary>
    public Task FollowAsync(string id, long started) => FindAsync(
        id, view => IsDecided(view.State), _options.AnswerWithin - _clock.GetElapsedTime(started), CancellationToken.None);

    /// <summary>201 once it is decided, else 202: there is more to come.</summary>
    public async Task<IResult> AnswerAsync(HttpContext context, string id)
    {
        // The client may have gone: whoever repeats the request gets this answer.
        var view = (await FindAsync(id))!;
        context.Response.Headers.Location = Address + id;
        Describe(context.Response, view);
        return TypedResults.Json(view, OrderingJson.Default.OrderView, statusCode: OrderView.IsSettled(view.State) ? 201 : 202);
    }

    public static void Describe(HttpResponse response, OrderView view)
    {
        response.Headers.ETag = $"\"{view.Version}\"";
        response.Headers.CacheControl = "no-store";
    }

    static bool IsDecided(string state) => OrderView.IsSettled(state) || OrderView.IsWaiting(state);

    // By its last sign, which is chance, and not by its hash, which is another in every process.
    Signal NewsOf(string id) => _news[id.Length == 0 ? 0 : id[^1] % _news.Length];
}
