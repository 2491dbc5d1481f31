using Souk.Launcher.Control;
using Souk.Launcher.Identity;
using Spectre.Console;

namespace Souk.Launcher.Import;

/// <summary>`souk import FILE`: shows the progress of an import, then what changed and what was refused.</summary>
sealed class ImportCommand(DataFolder data, TimeProvider clock)
{
    const int RefusedRowsShown = 20;

    public async Task<int> RunAsync(string path, CancellationToken stop)
    {
        var file = CatalogueFile.Open(path);
        if (RunLock.Holder(data) is null)
            throw new Trouble($"No store runs on {data.Root}.", "Start it with `dotnet run --project souk`, then import again.");
        using var identity = LauncherIdentity.Open(data.Keys, clock);
        var import = new CatalogueImport(data, identity);
        var summary = Console.IsOutputRedirected
            ? await import.RunAsync(file, new Progress<double>(), stop)
            : await AnsiConsole.Progress().HideCompleted(true).StartAsync(async screen =>
            {
                var bar = screen.AddTask($"Importing {Path.GetFileName(path).EscapeMarkup()}", maxValue: 1);
                return await import.RunAsync(file, new Progress<double>(done => bar.Value = done), stop);
            });
        Show(summary);
        return 0;
    }

    static void Show(ImportSummary summary)
    {
        Console.WriteLine(summary.Sentence);
        foreach (var row in summary.Refused.Take(RefusedRowsShown))
            Console.WriteLine($"  row {row.Row}: {row.Detail ?? row.Code} ({row.Code})");
        if (summary.RefusedTotal > Math.Min(summary.Refused.Length, RefusedRowsShown))
            Console.WriteLine($"  … and {summary.RefusedTotal - Math.Min(summary.Refused.Length, RefusedRowsShown)} more");
        foreach (var picture in summary.MissingPictures.Take(RefusedRowsShown))
            Console.WriteLine($"  no picture {picture} beside the file: the product shows without it");
    }
}
