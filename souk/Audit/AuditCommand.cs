using System.Text.Json;
using System.Text.Json.Serialization;
using Souk.Auditing;

namespace Souk.Launcher.Audits;

/// <summary>
/// `souk audit`: each invariant of the checkout with what was looked at, computed from the databases of a store that runs or
/// has stopped. Exit code 0: all hold; 1: one is violated; 2: one is unknown.
/// </summary>
sealed class AuditCommand(DataFolder data, TimeProvider clock)
{
    const int FindingsShown = 20;

    public async Task<int> RunAsync(string? record, bool json, TimeSpan waitQuiet, CancellationToken stop)
    {
        var options = new AuditOptions { Clock = clock, WaitQuiet = waitQuiet, Record = Read(record) };
        var report = await Auditing.Audit.RunAsync(Databases(), options, stop);
        if (json) Console.WriteLine(JsonSerializer.Serialize(report, AuditJson.Default.AuditReport));
        else Show(report);
        return report.ExitCode;
    }

    StoreDatabases Databases()
    {
        try
        {
            var databases = StoreDatabases.In(data.Root);
            return databases.ConnectionStrings.Count > 0 ? databases
                : throw new Trouble($"There are no databases in {data.Root}.", "Open the store once, or name its folder with --data DIR.");
        }
        catch (FormatException error)
        {
            throw new Trouble(error.Message, "The launcher writes it; start the store again.");
        }
    }

    static IReadOnlyList<ClientAnswer>? Read(string? record) =>
        record is null ? null
        : File.Exists(record) ? ClientAnswer.ReadAll(record)
        : throw new Trouble($"There is no file {record}.", "Name what the load generator wrote with --record, or leave it out.");

    static void Show(AuditReport report)
    {
        foreach (var result in report.Results)
        {
            Console.WriteLine($"{Mark(result.Verdict)} {result.Id,-3} {result.Rule} {(result.LookedAt.Length > 0 ? $"({result.LookedAt})" : "")}".TrimEnd());
            foreach (var finding in result.Findings.Take(FindingsShown)) Console.WriteLine($"           {finding.Subject}: {finding.What}");
            if (result.Findings.Count > FindingsShown) Console.WriteLine($"           and {result.Findings.Count - FindingsShown} more; --json has all");
        }
        var unknown = report.Results.Count(result => result.Verdict == Verdict.Unknown);
        Console.WriteLine(report.Verdict switch
        {
            Verdict.Violated => "The store was wrong.",
            Verdict.Unknown => $"Nothing wrong was seen; {unknown} could not be told.",
            _ => "The store was never wrong.",
        });
    }

    static string Mark(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "[ok]  ",
        Verdict.Violated => "[FAIL]",
        Verdict.Unknown => "[?]   ",
        _ => "[–]   ",
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(AuditReport))]
sealed partial class AuditJson : JsonSerializerContext;
