using System.Globalization;
using System.Reflection;

namespace Souk.Platform.Data;

/// <summary>
/// Brings a database to the schema of this release at start: numbered SQL files embedded in an assembly, each
/// applied once, in order, in a transaction of its own. Several replicas may start at once; one works, the others wait.
/// </summary>
/// <remarks>
/// A file is <c>schema/0001-what.sql</c>, or <c>schema/0001-what.sqlite.sql</c> beside
/// <c>schema/0001-what.postgres.sql</c> where the engines differ. Expand, then contract: a release must run on the
/// schema of the next. An applied file must not be edited; one that was is refused at start.
/// </remarks>
public static class Migrations
{
    // Any number that no other software on the server uses for advisory locks.
    const long LockKey = 0x50554B53;

    /// <summary>Applies what is missing.</summary>
    /// <param name="database">The service's database.</param>
    /// <param name="name">Whose series of numbers this is: the platform has one, the service has another.</param>
    /// <param name="assembly">Where the files are embedded.</param>
    /// <param name="clock">The time that is noted beside each applied file.</param>
    /// <param name="cancellation">Stops between two files.</param>
    /// <exception cref="InvalidOperationException">A file was changed after it had been applied.</exception>
    public static async Task ApplyAsync(
        Database database, string name, Assembly assembly, TimeProvider clock, CancellationToken cancellation)
    {
        var scripts = Read(assembly, database.Engine);
        await database.WriteAsync(async tx =>
        {
            await LockAsync(tx);
            await tx.ExecuteAsync($"""
                CREATE TABLE IF NOT EXISTS schema_version (
                    series TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
                    checksum TEXT NOT NULL, applied_at BIGINT NOT NULL,
                    PRIMARY KEY (series, number))
                """);
        }, cancellation);
        foreach (var script in scripts)
        {
            await database.WriteAsync(tx => ApplyAsync(tx, name, script, clock.GetUtcNow()), cancellation);
        }
    }

    static async Task ApplyAsync(Transaction tx, string series, Script script, DateTimeOffset now)
    {
        await LockAsync(tx);
        var applied = await tx.FirstAsync(
            $"SELECT checksum FROM schema_version WHERE series = {series} AND number = {script.Number}", row => row.Text(0));
        if (applied == script.Checksum) return;
        if (applied is not null)
        {
            throw new InvalidOperationException(
                $"Migration {script.Name} of '{series}' was changed after it had been applied. Add a new one instead.");
        }

        await tx.ExecuteAsync(Sql.Text(script.Text));
        await tx.ExecuteAsync($"""
            INSERT INTO schema_version (series, number, name, checksum, applied_at)
            VALUES ({series}, {script.Number}, {script.Name}, {script.Checksum}, {now})
            """);
    }

    // SQLite has one writer anyway; PostgreSQL is told to have one here. Released with the transaction.
    static Task LockAsync(Transaction tx) => tx.Engine == Engine.Postgres
        ? tx.ExecuteAsync($"SELECT pg_advisory_xact_lock({LockKey})")
        : Task.CompletedTask;

    static List<Script> Read(Assembly assembly, Engine engine)
    {
        var other = engine == Engine.Sqlite ? ".postgres.sql" : ".sqlite.sql";
        var scripts = new List<Script>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var at = resource.IndexOf(".schema.", StringComparison.Ordinal);
            if (at < 0 || !resource.EndsWith(".sql", StringComparison.Ordinal)) continue;
            if (resource.EndsWith(other, StringComparison.Ordinal)) continue;
            var file = resource[(at + ".schema.".Length)..];
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            // Line ends are the checkout's choice, not a change of the file.
            var text = reader.ReadToEnd().ReplaceLineEndings("\n");
            var checksum = Convert.ToHexString(
                System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)))[..16];
            scripts.Add(new Script(long.Parse(file[..4], CultureInfo.InvariantCulture), file, text, checksum));
        }
        scripts.Sort((a, b) => a.Number.CompareTo(b.Number));
        return scripts;
    }

    sealed record Script(long Number, string Name, string Text, string Checksum);
}
