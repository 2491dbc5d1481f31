using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Souk.Architecture;

/// <summary>What the store is built from is fixed, looked over and listed.</summary>
public sealed class SupplyChainTests
{
    static readonly XDocument Build = XDocument.Load(Repository.Path("Directory.Build.props"));

    [Fact]
    public void Under_CI_nothing_is_restored_but_what_the_lock_files_say()
    {
        Assert.Equal("'$(CI)' == 'true'", Single("RestoreLockedMode").Attribute("Condition")?.Value);
        Assert.Contains("export CI=true", File.ReadAllText(Repository.Path(".ci", "run")), StringComparison.Ordinal);
        Assert.Equal("true", Build.Descendants("RestorePackagesWithLockFile").First(element => element.Attribute("Condition") is null).Value);
        Tree.None(Tree.Projects.Where(project => !File.Exists(Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json"))).Select(Tree.Relative));
    }

    [Fact]
    public void A_package_with_a_known_hole_is_an_error_however_deep_it_is()
    {
        Assert.Equal(("true", "all", "true"), (Single("NuGetAudit").Value, Single("NuGetAuditMode").Value, Single("TreatWarningsAsErrors").Value));
        // NU1901 to NU1904 are the holes, by severity. NU1900, which is let pass, says that nobody could be asked about them.
        Assert.Equal("$(WarningsNotAsErrors);NU1900", Single("WarningsNotAsErrors").Value);
        Tree.None(
            from file in Tree.Files("*.csproj").Concat(Tree.Files("*.props")).Concat(Tree.Files("*.targets"))
            from element in XDocument.Load(file).Descendants()
            where element.Name.LocalName is "NoWarn" or "NuGetAuditSuppress" && element.ToString().Contains("NU19", StringComparison.Ordinal)
                || element.Name.LocalName is "NuGetAudit" or "NuGetAuditMode" or "NuGetAuditLevel" or "TreatWarningsAsErrors" && file != Repository.Path("Directory.Build.props")
            select $"{Tree.Relative(file)}: {element}");
    }

    [Fact]
    public void What_it_is_made_of_is_written_down_at_each_run_of_CI_by_a_tool_of_one_version()
    {
        Assert.Contains("dotnet CycloneDX Souk.slnx", File.ReadAllText(Repository.Path(".ci", "run")), StringComparison.Ordinal);
        var tools = JsonNode.Parse(File.ReadAllText(Repository.Path(".config", "dotnet-tools.json")))!["tools"]!;
        Assert.Matches(@"^\d+\.\d+\.\d+$", tools["cyclonedx"]!["version"]!.GetValue<string>());
    }

    static XElement Single(string name) => Build.Descendants(name).Single();
}
