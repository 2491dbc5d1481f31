using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Souk.Architecture;

/// <summary>Who may know whom.</summary>
public sealed partial class BoundaryTests
{
    [Fact]
    public void There_is_something_to_look_at()
    {
        Assert.Superset(new HashSet<string> { "Cart", "Catalog", "Inventory" }, Tree.Services.ToHashSet());
        Assert.True(Tree.Projects.Count > 10);
    }

    [Fact]
    public void No_service_references_another() => Tree.None(
        from project in Tree.Projects
        let service = ServiceOf(project)
        where service is not null
        from reference in Tree.References(project)
        let other = ServiceOf(reference)
        where other is not null && other != service
        select $"{Tree.Relative(project)} references {Tree.Relative(reference)}");

    [Fact]
    public void A_service_stands_on_itself_and_the_platform_alone() => Tree.None(
        from project in Tree.Projects
        where ServiceOf(project) is not null
        from reference in Tree.References(project)
        where ServiceOf(reference) is null && !Tree.Relative(reference).StartsWith("platform/", StringComparison.Ordinal)
        select $"{Tree.Relative(project)} references {Tree.Relative(reference)}");

    [Fact]
    public void The_platform_knows_no_service() => Tree.None(
        from project in Tree.Projects
        where Tree.Relative(project).StartsWith("platform/", StringComparison.Ordinal)
        from reference in Tree.References(project)
        where !Tree.Relative(reference).StartsWith("platform/", StringComparison.Ordinal)
        select $"{Tree.Relative(project)} references {Tree.Relative(reference)}");

    [Fact]
    public void Only_a_store_knows_sql() => Tree.None(
        from file in Tree.Files("*.cs", "services").Concat(Tree.Files("*.cs", "gateway")).Concat(Tree.Files("*.cs", "web"))
        where Tree.Relative(file).Contains("/src/", StringComparison.Ordinal)
        where !Path.GetFileNameWithoutExtension(file).Contains("Store", StringComparison.Ordinal)
        where SqlStatement().IsMatch(File.ReadAllText(file))
        select $"{Tree.Relative(file)} holds SQL");

    [Fact]
    public void The_gateway_has_no_database() => Tree.None(
        from file in Tree.Files("*.cs", "gateway/src")
        where File.ReadAllText(file).Contains("AddDatabase", StringComparison.Ordinal)
        select $"{Tree.Relative(file)} opens a database");

    [Fact]
    public void The_pages_keep_sessions_and_nothing_else()
    {
        Tree.None(
            from file in Tree.Files("*.cs", "web")
            where Tree.Relative(file).Contains("/src/", StringComparison.Ordinal) && !Tree.Relative(file).StartsWith("web/Pages/src/SignIn/", StringComparison.Ordinal)
            where File.ReadAllText(file).Contains("AddDatabase", StringComparison.Ordinal)
            select $"{Tree.Relative(file)} opens a database");
        Assert.Equal(["session"], Tree.Files("*.sql", "web").SelectMany(file => CreatedTable().Matches(File.ReadAllText(file))).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void The_gateway_and_the_platform_hold_no_business_rule() => Tree.None(
        from file in Tree.Files("*.cs", "gateway/src").Concat(Tree.Files("*.cs", "platform/src"))
        from match in BusinessNoun().Matches(WithoutComments(File.ReadAllText(file)))
        select $"{Tree.Relative(file)} speaks of '{match.Value}'");

    [Fact]
    public void Only_the_outbox_publishes() => Tree.None(
        from file in Tree.Files("*.cs").Concat(Tree.Files("*.sql"))
        where Tree.Relative(file).Contains("/src/", StringComparison.Ordinal)
        where Path.GetFileName(file) != "Outbox.cs"
        where File.ReadAllText(file).Contains("INSERT INTO outbox", StringComparison.OrdinalIgnoreCase)
        select $"{Tree.Relative(file)} writes into the outbox");

    [Fact]
    public void Clocks_ids_chance_and_waiting_are_banned_in_every_service_and_in_the_platform()
    {
        var shared = XDocument.Load(Repository.Path("services", "Directory.Build.props"));
        Assert.Contains(shared.Descendants("AdditionalFiles"), item => item.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        var platform = XDocument.Load(Repository.Path("platform", "src", "Souk.Platform.csproj"));
        Assert.Contains(platform.Descendants("AdditionalFiles"), item => item.Attribute("Include")!.Value.EndsWith("BannedSymbols.txt", StringComparison.Ordinal));
        Tree.None(
            from line in File.ReadLines(Repository.Path("BannedSymbols.txt"))
            where line.Split(';') is not [_, { Length: > 20 }]
            select $"BannedSymbols.txt gives no reason: {line}");
    }

    static string? ServiceOf(string path) =>
        Tree.Relative(path).Split('/') is ["services", var service, ..] ? service : null;

    static string WithoutComments(string source) => Comment().Replace(source, "");

    [GeneratedRegex(@"\b(SELECT\s+[\w*(].*\bFROM\b|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", RegexOptions.Singleline)]
    private static partial Regex SqlStatement();

    [GeneratedRegex(@"CREATE TABLE (\w+)")]
    private static partial Regex CreatedTable();

    // A customer is a kind of user, as staff is: the platform asks for one (context.Customer()) and knows nothing of them.
    [GeneratedRegex(@"\b(Cart|Product|Sku|Price|Stock|Order|Payment|Shipment|Customer(?!\(this HttpContext))(s|Id)?\b")]
    private static partial Regex BusinessNoun();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
