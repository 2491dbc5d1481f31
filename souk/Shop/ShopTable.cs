using System.Globalization;
using Souk.Load;
using Spectre.Console;

namespace Souk.Launcher.Shop;

/// <summary>What the shoppers have seen: a table on a terminal, the same figures in plain columns elsewhere.</summary>
static class ShopTable
{
    static readonly string[] Columns = ["Action", "Count", "Per second", "p50 ms", "p99 ms", "Max ms", "Refused", "Failed"];

    public static void Show(Summary summary)
    {
        string[][] rows = [.. summary.Actions.Select(action => Row(action.Key, action.Value))];
        if (!Console.IsOutputRedirected && AnsiConsole.Profile.Out.IsTerminal)
            Draw(rows);
        else
            Print([Columns, .. rows]);
        foreach (var line in Sentences(summary))
            Console.WriteLine(line);
    }

    static string[] Row(string name, ActionSummary action) =>
        [name, Number(action.Count), Number(action.PerSecond), Number(action.P50), Number(action.P99), Number(action.Max), Number(action.Refused), Number(action.Failed)];

    static void Draw(string[][] rows)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var (column, at) in Columns.Select((column, at) => (column, at)))
            table.AddColumn(at == 0 ? new TableColumn(column) : new TableColumn(column).RightAligned());
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => new Text(cell))]);
        AnsiConsole.Write(table);
    }

    static void Print(string[][] rows)
    {
        foreach (var row in rows)
            Console.WriteLine(string.Join("  ", row.Select((cell, at) =>
                rows.Max(one => one[at].Length) is var width && at == 0 ? cell.PadRight(width) : cell.PadLeft(width))).TrimEnd());
    }

    static IEnumerable<string> Sentences(Summary summary)
    {
        yield return $"{summary.Shoppers} shoppers in {Number(summary.Seconds)} s, {summary.Finished} served; {summary.Checkouts} checkouts, {summary.Placed} orders, {Number(summary.OrdersPerSecond)} a second.";
        if (summary.Outcomes.Count > 0)
            yield return $"Checkouts ended: {Text(summary.Outcomes)}.";
        if (summary.SignedInOutcomes.Count > 0)
            yield return $"Of those who had signed in: {Text(summary.SignedInOutcomes)}.";
        if (summary.Repeats > 0)
            yield return $"{summary.Repeats} requests were repeated under their key; {(summary.Differing == 0 ? "every answer was the same" : $"{summary.Differing} ANSWERS DIFFERED")}.";
        if (summary.Retries > 0)
            yield return $"{summary.Retries} requests were sent again after a fault.";
        if (summary.RateLimited > 0)
            yield return $"{summary.RateLimited} requests met the gateway's limit for one client, and these figures with them: start the store with Gateway__RequestsPerSecond=0.";
    }

    static string Text(IReadOnlyDictionary<string, long> outcomes) =>
        string.Join(", ", outcomes.OrderByDescending(outcome => outcome.Value).Select(outcome => $"{outcome.Value} {outcome.Key}"));

    static string Number(double number) => number.ToString(number >= 100 || number == Math.Floor(number) ? "0" : "0.0", CultureInfo.InvariantCulture);
}
