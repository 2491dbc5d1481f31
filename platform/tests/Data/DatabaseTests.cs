using Souk.Platform.Data;

namespace Souk.Platform.Tests.Data;

public sealed class DatabaseTests
{
    [Theory, EveryEngine]
    public async Task A_write_that_fails_leaves_nothing_and_those_beside_it_whole(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        var writes = Enumerable.Range(0, 200).Select(i => Task.Run(() => database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync($"INSERT INTO note (id, text, version) VALUES ({"n" + i}, 'x', 1)");
            if (i % 3 == 0) throw new InvalidOperationException("every third fails");
        }))).ToList();
        await Task.WhenAll(writes.Select(write => write.ContinueWith(_ => { }, TaskScheduler.Default)));

        Assert.Equal(67, writes.Count(write => write.IsFaulted));
        Assert.Equal(133, await database.ReadAsync(s => s.LongAsync($"SELECT COUNT(*) FROM note")));
    }

    [Theory, EveryEngine]
    public async Task Parallel_increments_lose_none(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => NoteService.PutAsync(database, "one", new Note("x")))));
        Assert.Equal(("one", "x", 100L), Assert.Single(await database.AllAsync()));
    }

    [Fact]
    public async Task A_transaction_that_waits_for_anything_but_its_database_is_refused_and_rolled_back()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var database = notes.Database();
        var never = new TaskCompletionSource();
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync($"INSERT INTO note (id, text, version) VALUES ('n', 'x', 1)");
            await never.Task;
        }));
        Assert.Empty(await database.AllAsync());
    }

    [Theory, EveryEngine]
    public async Task The_same_statement_takes_new_values_each_time(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        await database.WriteAsync(async tx =>
        {
            // More often than it takes a driver to prepare the statement by itself.
            for (var i = 10; i < 40; i++)
            {
                await tx.ExecuteAsync($"INSERT INTO note (id, text, version) VALUES ({"n" + i}, {"x"}, {i}) ON CONFLICT (id) DO NOTHING");
            }
        });
        Assert.Equal(Enumerable.Range(10, 30).Select(i => ("n" + i, "x", (long)i)), await database.AllAsync());
    }

    [Theory, EveryEngine]
    public async Task A_value_is_never_read_as_sql(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        var evil = "'); DROP TABLE note; --";
        await NoteService.PutAsync(database, evil, new Note(evil));
        Assert.Equal((evil, evil, 1L), Assert.Single(await database.AllAsync()));
    }

    [Theory, EveryEngine]
    public async Task Texts_nest_and_lists_expand(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        var database = notes.Database();
        foreach (var id in new[] { "a", "b", "c" }) await NoteService.PutAsync(database, id, new Note(id));
        var conditions = Sql.Join(" AND ", [$"id IN {new List<string> { "a", "b", "x" }}", $"text <> {"a"}"]);
        var found = await database.ReadAsync(s => s.QueryAsync(
            $"SELECT id FROM note WHERE {conditions} AND version = {1} ORDER BY id", row => row.Text(0)));
        Assert.Equal(["b"], found);
    }

    [Theory, EveryEngine]
    public async Task Several_replicas_may_start_at_once_on_an_empty_database(Engine engine)
    {
        var folder = Directory.CreateTempSubdirectory("souk-test-").FullName;
        var connection = engine == Engine.Postgres
            ? await Postgres.CreateDatabaseAsync()
            : $"Data Source={Path.Combine(folder, "shared.db")}";
        var assembly = typeof(NoteService).Assembly;
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Task.Run(async () =>
        {
            await using var database = Database.Open(connection, TimeProvider.System);
            await Migrations.ApplyAsync(database, "notes", assembly, TimeProvider.System, default);
        })));

        await using var after = Database.Open(connection, TimeProvider.System);
        Assert.Equal(1, await after.ReadAsync(s => s.LongAsync($"SELECT COUNT(*) FROM schema_version")));
    }

    [Theory, EveryEngine]
    public async Task A_migration_that_was_edited_after_it_was_applied_stops_the_start(Engine engine)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, engine);
        await notes.Database().WriteAsync(tx => tx.ExecuteAsync($"UPDATE schema_version SET checksum = 'other'"));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrations.ApplyAsync(
            notes.Database(), "notes", typeof(NoteService).Assembly, TimeProvider.System, default));
        Assert.Contains("0001-notes.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_of_neither_engine_is_refused() =>
        Assert.Throws<ArgumentException>(() => Database.Open("Server=x", TimeProvider.System));
}
