using Turn = Souk.Platform.Sagas.Turn<Souk.Settings.Erasure>;

namespace Souk.Settings;

/// <summary>
/// Has every service forget a person, one after the other: first Ordering, which may say no while nothing has gone yet, and
/// keeps orders until they have come; last Login, which takes the account, and with it the tokens. Once these are dead
/// everywhere each is asked again, because a token that lived a moment longer may have made something anew; what Settings
/// itself keeps goes in the transaction that ends it.
/// </summary>
sealed class ErasureSaga(IEnumerable<PeopleClient> people, Saga<Export> exports, TimeProvider clock)
{
    public const string Name = "erasure";

    /// <summary>A revocation is everywhere in 5 s; so long after the account has gone nobody takes its tokens any more.</summary>
    public static readonly TimeSpan TokensDieWithin = TimeSpan.FromSeconds(10);

    // Those who know people by their orders come right after whoever names these.
    readonly List<PeopleClient> _people = [.. people.OrderBy(service => service.Service == PeopleClient.OrdersFrom ? 0 : service.IsByOrder ? 1 : 2)];

    public SagaPlan<Erasure> Plan() => new SagaPlan<Erasure>(Name, "Requested") { Backoff = TimeSpan.FromSeconds(1), BackoffMax = TimeSpan.FromMinutes(1) }
        .Step("Requested", ["Refused", "Erasing"], AskFirstAsync)
        .Step("Erasing", ["Sweeping"], EraseAsync)
        .Step("Sweeping", ["Erased"], SweepAsync)
        .Rest("Refused")
        .Rest("Erased");

    /// <summary>A no leaves everything as it was.</summary>
    async Task<Turn> AskFirstAsync(Erasure erasure, SagaState run, CancellationToken cancellation)
    {
        if (await NewOrdersAsync(_people[0], erasure, cancellation) is { } noted) return noted;
        var (answer, reason) = await _people[0].EraseAsync(erasure.Subject!, erasure.Orders, cancellation);
        return reason is null
            ? Turn.To("Erasing", (tx, now) => ErasureStore.AnsweredAsync(tx, now, _people[0].Service, answer))
            : Turn.To("Refused", (tx, now) => ErasureStore.RefuseAsync(tx, now, reason, clock.GetUtcNow()));
    }

    /// <summary>From here on there is only forward: whoever does not answer, or keeps what is under way, is asked until it is done.</summary>
    async Task<Turn> EraseAsync(Erasure erasure, SagaState run, CancellationToken cancellation) =>
        _people.Find(service => erasure.Of(service.Service) is not { Answer.IsDone: true }) is { } next
            ? await AskAsync(next, erasure, (tx, now, answer) => ErasureStore.AnsweredAsync(tx, now, next.Service, answer), cancellation)
            : Turn.To("Sweeping");

    async Task<Turn> SweepAsync(Erasure erasure, SagaState run, CancellationToken cancellation)
    {
        var due = run.EnteredAt + TokensDieWithin;
        if (clock.GetUtcNow() < due) return Turn.Wait(due);
        return _people.Find(service => erasure.Of(service.Service) is not { SweptAt: not null }) is { } next
            ? await AskAsync(next, erasure, (tx, now, answer) => ErasureStore.SweptAsync(tx, now, next.Service, answer, clock.GetUtcNow()), cancellation)
            : Turn.To("Erased", ForgetAsync);
    }

    /// <summary>Asks one service. Its answer is kept before the next is asked.</summary>
    async Task<Turn> AskAsync(
        PeopleClient service, Erasure erasure, Func<Transaction, Erasure, ErasureAnswer, Task<Erasure>> keep, CancellationToken cancellation)
    {
        if (await NewOrdersAsync(service, erasure, cancellation) is { } noted) return noted;
        var (answer, reason) = await service.EraseAsync(erasure.Subject!, erasure.Orders, cancellation);
        if (reason is not null) return Turn.Again($"{service.Service}: {reason}");
        Task<Erasure> Keep(Transaction tx, Erasure now) => keep(tx, now, answer);
        return answer.IsDone ? Turn.Wait(clock.GetUtcNow(), Keep) : Turn.Again(service.Service + " has something under way", Keep);
    }

    /// <summary>Notes a person's orders before Ordering forgets whose they are: an answer may be lost. Null when all are known.</summary>
    async Task<Turn?> NewOrdersAsync(PeopleClient service, Erasure erasure, CancellationToken cancellation)
    {
        if (service.Service != PeopleClient.OrdersFrom) return null;
        List<string> orders = [.. erasure.Orders.Union(PeopleClient.OrdersIn(await service.ReadAsync(erasure.Subject!, [], cancellation)))];
        return orders.Count == erasure.Orders.Count ? null
            : Turn.Wait(clock.GetUtcNow(), (tx, now) => ErasureStore.OrdersAsync(tx, now, orders));
    }

    async Task<Erasure> ForgetAsync(Transaction tx, Erasure erasure)
    {
        var subject = erasure.Subject!;
        if (await ExportStore.UnderWayAsync(tx, subject) is { } export) await exports.TryMoveAsync(tx, export, "Cancelled");
        await ExportStore.EraseAsync(tx, subject);
        await PersonStore.EraseAsync(tx, subject);
        return await ErasureStore.EraseAsync(tx, await ErasureStore.AnsweredAsync(tx, erasure, "settings", Own), clock.GetUtcNow());
    }

    static readonly ErasureAnswer Own = new(
        [new("profile"), new("addresses"), new("notifications"), new("consents"), new("exports")], [new("this record, which names nobody", "proof")]);
}
