using System.Text.RegularExpressions;

namespace Souk.Architecture;

/// <summary>No secret is in the repository, and those that there are at run time are handled with care.</summary>
public sealed partial class SecretTests
{
    // Made up for a test, or published by whoever made them up; each looked at by a person.
    static readonly HashSet<string> MadeUp = new(StringComparer.Ordinal)
    {
        "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzb3VrIn0.", // says alg=none, and the gateway takes it off
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbWFsIn0.c2lnbmF0dXJl", // signed by the word "signature"
        "6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39", // a signature in Stripe's documentation
        "cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u", // and an id there
    };

    // Hashes of packages are long, public, and checked by the package manager.
    static readonly string[] Locks = ["packages.lock.json", "package-lock.json"];

    [Fact]
    public void No_key_token_or_password_is_in_the_repository()
    {
        var files = Tree.Files("*").Where(file => !Locks.Contains(Path.GetFileName(file)) && !Tree.Relative(file).StartsWith(".git", StringComparison.Ordinal)
            && new FileInfo(file).Length < 2 << 20).ToList();
        Assert.True(files.Count > 500, $"Only {files.Count} files.");
        Tree.None(
            from file in files
            let text = File.ReadAllText(file)
            from Match match in Secret().Matches(text)
            let secret = Found(match)
            where !MadeUp.Contains(secret) && IsMixed(secret)
            select $"{Tree.Relative(file)}: {secret[..Math.Min(12, secret.Length)]}…");
    }

    [Fact]
    public void A_secret_would_be_found()
    {
        string[] planted =
        [
            "-----BEGIN " + "PRIVATE KEY-----", "-----BEGIN EC " + "PRIVATE KEY-----", "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "AKIA" + "IOSFODNN7EXAMPLE",
            "key = \"" + "d3b07384d113edec" + "49eaa6238ad5ff00" + "\"", "Secret: '" + "q8Jx2mZt7Rk0vYw5Lh3N" + "f9Bc6Gd1Ps4Ua8Ee2Ii7" + "'", "eyJhbGciOiJFUzI1NiJ9." + "eyJzdWIiOiJhbWFsIn0.c2ln",
        ];
        Assert.All(planted, text => Assert.True(Secret().Match(text) is { Success: true } match && IsMixed(Found(match)), text));
    }

    [Fact]
    public void Signatures_and_api_keys_are_compared_in_fixed_time()
    {
        string[] comparing = ["services/Payment/src/WebhookSignature.cs", "services/Sandbox/src/FrontOffice.cs"];
        Assert.All(comparing, file => Assert.Contains("CryptographicOperations.FixedTimeEquals", File.ReadAllText(Repository.Path(file)), StringComparison.Ordinal));
    }

    [Fact]
    public void A_service_calls_nobody_but_those_it_names() => Tree.None(
        // Calls go through the clients that are declared with the callee's name: no address that somebody typed is ever fetched.
        from file in Tree.Files("*.cs")
        let path = Tree.Relative(file)
        where (path.StartsWith("services/", StringComparison.Ordinal) || path.StartsWith("web/", StringComparison.Ordinal)) && path.Contains("/src/", StringComparison.Ordinal)
        // The provider, at the address of the configuration; the shop's webhook, told by the sandbox; the pages themselves, warming up.
        where path is not ("services/Payment/src/PaymentService.cs" or "services/Sandbox/src/DeliverWebhooks.cs" or "web/Storefront/src/WarmUp.cs")
        from Match call in OwnCalls().Matches(File.ReadAllText(file))
        select $"{path}: {call.Value}");

    static string Found(Match match) => match.Groups.Values.Last(part => part.Success).Value;

    /// <summary>Chance has letters of every kind; a name or a path does not. What is short is known by its beginning.</summary>
    static bool IsMixed(string text) => text.Length < 40 || text.All(char.IsAsciiHexDigit) || text.StartsWith("eyJ", StringComparison.Ordinal)
        || text.Any(char.IsAsciiLetterUpper) && text.Any(char.IsAsciiLetterLower) && text.Count(char.IsAsciiDigit) > 2;

    [GeneratedRegex("""-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\b(?:sk|rk)_live_[0-9A-Za-z]{10,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[0-9A-Za-z]{30,}|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|["'=]([0-9a-fA-F]{32,})["'\s,;]|["']([A-Za-z0-9+/_-]{40,}={0,2})["']""")]
    private static partial Regex Secret();

    [GeneratedRegex(@"\bnew (?:HttpClient|SocketsHttpHandler|HttpClientHandler|TcpClient|Socket|WebClient)\b|\bWebRequest\.|\bDns\.")]
    private static partial Regex OwnCalls();
}
