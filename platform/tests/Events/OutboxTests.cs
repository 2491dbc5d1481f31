using Npgsql;
using Souk.Platform.Data;
using Souk.Platform.Events;

namespace Souk.Platform.Tests.Events;

public sealed class OutboxTests
{
    [Theory, EveryEngine]
    public async Task An_event_is_served_if_and_only_if_its_transaction_committed(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        await NoteService.PutAsync(database, "a", new Note("one"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync($"UPDATE note SET text = 'two'");
            tx.Publish("NotePut", "a", 2, new Note("two"), NoteJson.Default.Note);
            throw new InvalidOperationException("no");
        }));

        var e = Assert.Single(await notes.EventsAsync("copies"));
        Assert.Equal("a/1", e.GetProperty("id").GetString());
        Assert.Equal("one", e.GetProperty("data").GetProperty("text").GetString());
        Assert.Equal("1.0", e.GetProperty("specversion").GetString());
    }

    [PostgresFact]
    public async Task With_two_transactions_held_open_the_later_commit_is_never_passed_over()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Postgres);
        var connectionString = notes.ConnectionString();
        await using var first = new NpgsqlConnection(connectionString);
        await using var second = new NpgsqlConnection(connectionString);
        await first.OpenAsync(TestContext.Current.CancellationToken);
        await second.OpenAsync(TestContext.Current.CancellationToken);

        // Both write their event; the second, with the higher number, commits while the first is still open.
        await using var slow = await first.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await InsertAsync(first, "slow");
        await using (var quick = await second.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await InsertAsync(second, "quick");
            await quick.CommitAsync(TestContext.Current.CancellationToken);
        }

        var before = await notes.EventsAsync("copies");
        Assert.Equal(["quick"], before.Select(e => e.GetProperty("subject").GetString()));
        var cursor = long.Parse(before[^1].GetProperty("sequence").GetString()!, System.Globalization.CultureInfo.InvariantCulture);

        await slow.CommitAsync(TestContext.Current.CancellationToken);
        var after = await notes.EventsAsync("copies", cursor);
        Assert.Equal(["slow"], after.Select(e => e.GetProperty("subject").GetString()));

        // And the answer for a range never changes.
        var again = await notes.EventsAsync("copies");
        Assert.Equal(["quick", "slow"], again.Select(e => e.GetProperty("subject").GetString()));
    }

    [PostgresFact]
    public async Task Under_parallel_writers_a_reader_that_follows_sees_every_event_once()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Postgres);
        var database = notes.Database();
        var writers = Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++) await NoteService.PutAsync(database, $"{w}-{i % 5}", new Note("x"));
        })));

        var seen = new List<EventEnvelope>();
        while (seen.Count < 200)
        {
            Assert.False(writers.IsFaulted);
            seen.AddRange(await Outbox.ReadAsync(database, seen.Count == 0 ? 0 : seen[^1].Position, 7, default));
        }
        await writers;

        Assert.Equal(200, seen.Select(e => e.Id).Distinct().Count());
        Assert.All(seen.GroupBy(e => e.Subject), aggregate =>
            Assert.Equal([1, 2, 3, 4, 5], aggregate.Select(e => e.Version)));
    }

    static async Task InsertAsync(NpgsqlConnection connection, string subject)
    {
        await using var command = connection.CreateCommand();
        command.CommandText =
            "INSERT INTO outbox (id, type, subject, version, occurred_at, data) VALUES (@s, 'NotePut', @s, 1, 0, '{}')";
        command.Parameters.AddWithValue("s", subject);
        await command.ExecuteNonQueryAsync();
    }
}
