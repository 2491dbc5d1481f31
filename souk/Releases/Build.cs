using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Souk.Launcher.Releases;

/// <summary>Builds all missing releases in one MSBuild run, away from what runs and from a developer's own output.</summary>
sealed partial class Build(Repository repository, DataFolder data, ReleaseShelf shelf, TimeProvider clock, Action<string> say)
{
    // A build hears nothing of a launcher that is killed; the end of this shell's standard input tells it.
    const string EndingWithTheLauncher = """
        exec 3<&0
        "$0" "$@" < /dev/null & build=$!
        { cat <&3; kill $build; } > /dev/null 2>&1 & watch=$!
        wait $build; code=$?
        kill $watch; exit $code
        """;

    /// <summary>Gives the current release of every service; when all exist, nothing is built.</summary>
    public async Task<IReadOnlyList<Release>> AllAsync(IEnumerable<ServiceDeclaration> services, CancellationToken stop)
    {
        var releases = services.Select(shelf.Current).ToList();
        foreach (var release in releases.Where(release => release.Service.Project is null && !release.Exists))
            release.TakeIn(CopyOf(release.Service));
        var missing = releases.Where(release => !release.Exists).ToList();
        if (missing.Count > 0)
        {
            var started = clock.GetTimestamp();
            say($"Building {string.Join(", ", missing.Select(release => release.Service.Name))} …");
            await RunAsync(missing, stop);
            foreach (var release in missing)
                release.TakeIn(Path.Combine(data.Build, "publish", Path.GetFileNameWithoutExtension(release.Service.ProjectFile), "release"));
            say($"Built in {clock.GetElapsedTime(started).TotalSeconds:0} s.");
        }
        return releases;
    }

    async Task RunAsync(IReadOnlyList<Release> missing, CancellationToken stop)
    {
        if (Directory.Exists(Path.Combine(data.Build, "publish")))
            Directory.Delete(Path.Combine(data.Build, "publish"), recursive: true);
        using var msbuild = Start(missing);
        var log = Path.Combine(data.Logs, "build.log");
        var errors = new List<string>();
        await using (var file = new StreamWriter(log))
            while (await msbuild.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            {
                await file.WriteLineAsync(line);
                if (ErrorLine().IsMatch(line) && !errors.Contains(line))
                    errors.Add(line);
                else if (PublishedLine().Match(line) is { Success: true } published)
                    say($"  {NameOf(missing, published.Groups[1].Value)} built");
                else if (line.Contains("Restored ", StringComparison.Ordinal))
                    say($"  {line.Trim().Replace(repository.Root + "/", "", StringComparison.Ordinal)}");
                if (stop.IsCancellationRequested)
                    msbuild.Kill(entireProcessTree: true);
            }
        await msbuild.WaitForExitAsync(CancellationToken.None);
        stop.ThrowIfCancellationRequested();
        if (msbuild.ExitCode != 0)
            throw Broken(errors, log);
    }

    Process Start(IReadOnlyList<Release> missing)
    {
        var start = new ProcessStartInfo { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = repository.Root };
        // Analyzers and the audit of packages judge in `dotnet build` and CI; a start only wants the program.
        string[] arguments = ["msbuild", Path.Combine(AppContext.BaseDirectory, "Releases", "build.proj"),
            "-restore", "-maxCpuCount", "-nodeReuse:false", "-noLogo", "-verbosity:minimal", "-terminalLogger:off",
            "-property:Configuration=Release", "-property:RunAnalyzers=false", "-property:NuGetAudit=false", "-property:UseAppHost=false",
            $"-property:ArtifactsPath={data.Build}",
            $"-property:Services={string.Join("%3B", missing.Select(release => release.Service.ProjectFile))}"];
        string[] words = OperatingSystem.IsWindows() ? [Dotnet.Path, .. arguments] : ["/bin/sh", "-c", EndingWithTheLauncher, Dotnet.Path, .. arguments];
        start.FileName = words[0];
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        // What `dotnet run` sets for its own MSBuild must not reach ours.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new Trouble("The .NET SDK was not found.", "Install the .NET 10 SDK: https://dot.net/download");
        }
    }

    Trouble Broken(List<string> errors, string log)
    {
        var first = errors.Count == 0 ? "see its log" : BracketedProject().Replace(errors[0], "").Replace(repository.Root + "/", "", StringComparison.Ordinal).Trim();
        if (first.Contains("NETSDK", StringComparison.Ordinal) || first.Contains("MSB4236", StringComparison.Ordinal))
            return new Trouble($"The .NET SDK cannot build the services: {first}", "Install the .NET 10 SDK that global.json names: https://dot.net/download");
        if (first.Contains("NU13", StringComparison.Ordinal))
            return new Trouble($"A package could not be fetched: {first}", "Connect to the package source (dotnet nuget list source) and start again.");
        var more = errors.Count > 1 ? $" ({errors.Count} errors)" : "";
        return new Trouble($"The build failed: {first}{more}", $"Mend it and start again; the whole log is {log}.");
    }

    string CopyOf(ServiceDeclaration service)
    {
        var copy = Path.Combine(data.Build, "copies", service.Name);
        if (Directory.Exists(copy))
            Directory.Delete(copy, recursive: true);
        Directory.CreateDirectory(copy);
        foreach (var folder in Directory.EnumerateDirectories(service.SourceFolder, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(copy, Path.GetRelativePath(service.SourceFolder, folder)));
        foreach (var file in Directory.EnumerateFiles(service.SourceFolder, "*", SearchOption.AllDirectories))
            File.Copy(file, Path.Combine(copy, Path.GetRelativePath(service.SourceFolder, file)));
        return copy;
    }

    static string NameOf(IEnumerable<Release> releases, string project) => releases
        .FirstOrDefault(release => Path.GetFileNameWithoutExtension(release.Service.ProjectFile) == project)?.Service.Name ?? project;

    [GeneratedRegex(@"(:|^)\s*error\s*\w*\s*:")]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"^\s*(\S+) -> .*[/\\]publish[/\\]")]
    private static partial Regex PublishedLine();

    [GeneratedRegex(@"\s*\[[^\]]*proj[^\]]*\]")]
    private static partial Regex BracketedProject();
}
