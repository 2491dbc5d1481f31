namespace Souk.Auditing.Reading;

/// <summary>Every saga of Ordering with its log.</summary>
sealed class Sagas
{
    readonly Dictionary<(string Name, string Id), SagaFacts> _byId;

    Sagas(Dictionary<(string, string), SagaFacts> byId) => _byId = byId;

    public IEnumerable<SagaFacts> All => _byId.Values;

    public SagaFacts? Find(string name, string id) => _byId.GetValueOrDefault((name, id));

    public static async Task<Sagas> ReadAsync(Snapshot store)
    {
        var moves = await store.Ordering.QueryAsync(
            "SELECT name, id, seq, state FROM saga_move ORDER BY name, id, seq",
            row => (Saga: (row.Text(0), row.Text(1)), Move: new SagaMove(row.Long(2), row.Text(3))));
        var log = moves.GroupBy(one => one.Saga).ToDictionary(group => group.Key, group => group.Select(one => one.Move).ToList());
        var sagas = await store.Ordering.QueryAsync(
            "SELECT name, id, state, seq, entered_at FROM saga",
            row => new SagaFacts(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.Time(4),
                log.GetValueOrDefault((row.Text(0), row.Text(1))) ?? []));
        return new Sagas(sagas.ToDictionary(saga => (saga.Name, saga.Id)));
    }
}

/// <summary>A saga's row and its log, in order.</summary>
sealed record SagaFacts(string Name, string Id, string State, long Seq, DateTimeOffset EnteredAt, IReadOnlyList<SagaMove> Moves)
{
    public bool HasBeen(string state) => Moves.Any(move => move.State == state);
}

/// <summary>A row of the saga's log.</summary>
sealed record SagaMove(long Seq, string State);
