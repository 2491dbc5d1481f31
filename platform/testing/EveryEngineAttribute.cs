using System.Reflection;
using Souk.Platform.Data;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Souk.Testing;

/// <summary>
/// Runs a test once on SQLite and once on a real PostgreSQL; its first argument is the <see cref="Engine"/>. Where
/// PostgreSQL is missing that half is skipped with the command that installs it; under CI it fails.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EveryEngineAttribute : DataAttribute
{
    /// <summary>One row an engine.</summary>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
        MethodInfo testMethod, DisposalTracker disposalTracker) => new([
            new TheoryDataRow<Engine>(Engine.Sqlite),
            new TheoryDataRow<Engine>(Engine.Postgres) { Skip = Postgres.SkipReason },
        ]);

    /// <summary>The rows are known before the run.</summary>
    public override bool SupportsDiscoveryEnumeration() => true;
}

/// <summary>Skips a test without PostgreSQL, visibly; under CI the test runs, and fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    /// <summary>Marks a test that PostgreSQL alone can run.</summary>
    public PostgresFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? sourceFilePath = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int sourceLineNumber = -1) : base(sourceFilePath, sourceLineNumber) =>
        Skip = Postgres.SkipReason;
}
