using System.Text.RegularExpressions;

namespace Souk.Architecture;

/// <summary>The documents say what the code does.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_error_code_is_documented()
    {
        var document = File.ReadAllText(Repository.Path("docs", "errors.md"));
        var codes = Tree.Files("*.cs").Where(file => Tree.Relative(file).Contains("/src/", StringComparison.Ordinal))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct().ToList();
        Assert.True(codes.Count > 30, $"Only {codes.Count} codes were found.");
        Tree.None(codes.Where(code =>
            !document.Contains($"`{code}`", StringComparison.Ordinal)
            && !document.Contains($"`{code.Split('.')[^1]}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_test_that_the_architecture_names_exists()
    {
        var tests = string.Join('\n', Tree.Files("*Tests.cs").Select(File.ReadAllText));
        var named = Test().Matches(File.ReadAllText(Repository.Path("ARCHITECTURE.md"))).Select(match => match.Value).ToList();
        Assert.True(named.Count > 10, $"Only {named.Count} tests are named.");
        Tree.None(named.Where(name => !tests.Contains(name.TrimEnd('_'), StringComparison.Ordinal)));
    }

    [Fact]
    public void Each_line_of_the_security_page_has_a_test_that_exists()
    {
        var lines = SecurityLine().Matches(File.ReadAllText(Repository.Path("docs", "security.md")))
            .ToDictionary(line => int.Parse(line.Groups[1].Value, null), line => SecurityTest().Matches(line.Value).Select(test => (File: test.Groups[1].Value, Name: test.Groups[2].Value)).ToList());
        Assert.Equal(Enumerable.Range(1, 40), lines.Keys.Order());
        // Containers come later.
        Tree.None(lines.Where(line => line.Value.Count == 0 && line.Key != 39).Select(line => $"Line {line.Key} has no test."));
        var tests = Tree.Files("*Tests.cs").ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        Tree.None(
            from test in lines.Values.SelectMany(named => named)
            where !tests[test.File].Any(text => text.Contains($" {test.Name}(", StringComparison.Ordinal))
            select $"{test.File}.{test.Name}");
    }

    // Code literals where they are answered: the first word is a service's or a platform concern's.
    [GeneratedRegex("\"((?:cart|catalog|inventory|order|payment|sandbox|shipping|notifications|settings|saga|token|login|request|identity|load|deadline|dependency|service|database|events)\\.[a-z_]+(?:\\.[a-z_]+)?)\"")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| (\d+) \|.*$", RegexOptions.Multiline)]
    private static partial Regex SecurityLine();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex SecurityTest();

    [GeneratedRegex(@"\b[A-Z][a-z]+(?:_[a-z0-9]+){3,}_?")]
    private static partial Regex Test();
}
