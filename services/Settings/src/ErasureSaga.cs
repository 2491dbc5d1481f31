using System.Text.Json;
using Turn = Souk.Platform.Sagas.Turn<Souk.Settings.Erasure>;

namespace Souk.Settings;

/// <summary>
/// Has every service forget a person, one after the other: first the one that may say no, while nothing has gone yet; last
/// the one that takes the account, and with it the tokens. Once these are dead everywhere each is asked again, because a token
/// that lived a moment longer may have made something anew; what Settings itself keeps goes in the transaction that ends it.
/// </summary>
sealed class ErasureSaga(IEnumerable<PeopleClient> people, Saga<Export> exports, TimeProvider clock)
{
    public const string Name = "erasure";

    /// <summary>A revocation is everywhere in 5 s; so long after the account has gone nobody takes its tokens any more.</summary>
    public static readonly TimeSpan TokensDieWithin = TimeSpan.FromSeconds(10);

    readonly List<PeopleClient> _people = [.. people];

    public SagaPlan<Erasure> Plan() => new SagaPlan<Erasure>(Name, "Requested") { Backoff = TimeSpan.FromSeconds(1), BackoffMax = TimeSpan.FromMinutes(1) }
        .Step("Requested", ["Refused", "Erasing"], AskFirstAsync)
        .Step("Erasing", ["Sweeping"], EraseAsync)
        .Step("Sweeping", ["Erased"], SweepAsync)
        .Rest("Refused")
        .Rest("Erased");

    /// <summary>A no leaves everything as it was: what stands in the way is not done yet, and its owner needs the account for it.</summary>
    async Task<Turn> AskFirstAsync(Erasure erasure, SagaState run, CancellationToken cancellation)
    {
        var first = _people[0];
        var (answer, reason) = await first.EraseAsync(erasure.Subject!, cancellation);
        return answer is null
            ? Turn.To("Refused", (tx, now) => ErasureStore.RefuseAsync(tx, now, reason!, clock.GetUtcNow()))
            : Turn.To("Erasing", (tx, now) => ErasureStore.AnsweredAsync(tx, now, first.Service, answer, clock.GetUtcNow()));
    }

    async Task<Turn> EraseAsync(Erasure erasure, SagaState run, CancellationToken cancellation)
    {
        // From here on there is only forward: whoever does not answer, or does not want to, is asked until it has.
        foreach (var service in _people.Where(service => !erasure.HasAsked(service.Service)))
        {
            var (answer, reason) = await service.EraseAsync(erasure.Subject!, cancellation);
            if (answer is null) return Turn.Again($"{service.Service}: {reason}");
            // One at a time: the next is asked once this one's answer is kept.
            return Turn.Wait(clock.GetUtcNow(), (tx, now) => ErasureStore.AnsweredAsync(tx, now, service.Service, answer, clock.GetUtcNow()));
        }
        return Turn.To("Sweeping");
    }

    async Task<Turn> SweepAsync(Erasure erasure, SagaState run, CancellationToken cancellation)
    {
        var due = run.EnteredAt + TokensDieWithin;
        if (clock.GetUtcNow() < due) return Turn.Wait(due);
        foreach (var service in _people.Where(service => !erasure.HasSwept(service.Service)))
        {
            var (answer, reason) = await service.EraseAsync(erasure.Subject!, cancellation);
            if (answer is null) return Turn.Again($"{service.Service}: {reason}");
            return Turn.Wait(clock.GetUtcNow(), (tx, now) => ErasureStore.SweptAsync(tx, now, service.Service, clock.GetUtcNow()));
        }
        return Turn.To("Erased", ForgetAsync);
    }

    async Task<Erasure> ForgetAsync(Transaction tx, Erasure erasure)
    {
        var subject = erasure.Subject!;
        if (await ExportStore.UnderWayAsync(tx, subject) is { } export) await exports.TryMoveAsync(tx, export, "Cancelled");
        await ExportStore.EraseAsync(tx, subject);
        await PersonStore.EraseAsync(tx, subject);
        var now = clock.GetUtcNow();
        return await ErasureStore.EraseAsync(tx, await ErasureStore.AnsweredAsync(tx, erasure, "settings", Own, now), now);
    }

    static readonly ErasureAnswer Own = new(
        JsonElement.Parse("""["profile", "addresses", "notifications", "consents", "exports"]"""),
        JsonElement.Parse("""[{ "what": "this record", "why": "it shows that the erasure was done, and names nobody" }]"""));
}
