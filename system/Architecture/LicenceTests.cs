using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Souk.Architecture;

/// <summary>Everything that the store is built from may be used by everyone.</summary>
public sealed class LicenceTests
{
    static readonly HashSet<string> Permissive = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "0BSD", "MS-PL"];

    // Packages whose own file does not say it in a word, each looked at by a person.
    static readonly Dictionary<string, string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SourceGear.sqlite3"] = "Apache-2.0 (the SQLite inside is in the public domain)",
        ["SQLite"] = "SQLite itself: public domain",
        ["CommandLineParser"] = "MIT in License.md; part of BenchmarkDotNet, never shipped",
        ["Microsoft.DotNet.PlatformAbstractions"] = "MIT in LICENSE.TXT; part of BenchmarkDotNet, never shipped",
        ["Stripe.net"] = "Apache-2.0 in LICENSE",
        ["Deque.AxeCore.Commons"] = "MPL-2.0: axe-core, which checks the pages in a test; never shipped, never changed",
    };

    [Fact]
    public void Every_package_has_a_permissive_licence()
    {
        var packages = Tree.Files("packages.lock.json").SelectMany(Locked).ToHashSet();
        Assert.True(packages.Count > 30, "The lock files name hardly any package.");
        Tree.None(
            from package in packages
            where !Known.ContainsKey(package.Id)
            let licence = LicenceOf(package)
            where licence is null || !licence.Split(" OR ").Any(Permissive.Contains)
            select $"{package.Id} {package.Version}: {licence ?? "no licence stated"}");
    }

    static IEnumerable<(string Id, string Version)> Locked(string file) =>
        from framework in JsonNode.Parse(File.ReadAllText(file))!["dependencies"]!.AsObject()
        from package in framework.Value!.AsObject()
        let version = package.Value!["resolved"]?.GetValue<string>()
        where version is not null
        select (package.Key, version);

    static string? LicenceOf((string Id, string Version) package)
    {
        var root = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var id = package.Id.ToLowerInvariant();
        var file = Path.Combine(root, id, package.Version.ToLowerInvariant(), id + ".nuspec");
        if (!File.Exists(file)) return null;
        var licence = XDocument.Load(file).Descendants().FirstOrDefault(element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value == "expression" ? licence.Value : null;
    }
}
