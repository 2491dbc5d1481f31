using System.Xml.Linq;

namespace Souk.Architecture;

/// <summary>The repository as the rules see it: services, projects, sources.</summary>
static class Tree
{
    /// <summary>Every service's folder, by name.</summary>
    public static IReadOnlyList<string> Services { get; } =
        [.. Directory.GetDirectories(Repository.Path("services")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    /// <summary>Every project file.</summary>
    public static IReadOnlyList<string> Projects { get; } = Files("*.csproj");

    public static IReadOnlyList<string> Files(string pattern, string below = "") =>
        [.. Directory.EnumerateFiles(Repository.Path(below), pattern, SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Root, file).Split(Path.DirectorySeparatorChar)
                .Any(part => part is "bin" or "obj" or "node_modules" or ".souk"))
            .Order(StringComparer.Ordinal)];

    /// <summary>The projects that a project references, as full paths.</summary>
    public static IEnumerable<string> References(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(path => Path.GetFullPath(path, Path.GetDirectoryName(project)!));

    public static string Relative(string path) => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    /// <summary>Fails with one line a finding.</summary>
    public static void None(IEnumerable<string> findings) => Assert.Empty(findings.ToList());
}
