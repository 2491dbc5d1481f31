using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Souk.Acceptance;

/// <summary>What README.md prints works as it is printed.</summary>
[Collection(nameof(OpenStore))]
public sealed partial class ReadmeTests(Store store)
{
    [Fact]
    public async Task The_purchase_with_curl_is_confirmed()
    {
        var readme = await File.ReadAllTextAsync(Repository.Path("README.md"));
        var script = Purchase().Match(readme).Groups["script"].Value.Replace("localhost:8080", store.Address.Authority, StringComparison.Ordinal);
        Assert.NotEmpty(script);

        var (exitCode, printed) = await BashAsync(script);
        Assert.True(exitCode == 0, printed);
        // No answer is a refusal.
        Assert.DoesNotContain("\"code\"", printed, StringComparison.Ordinal);
        Assert.Equal("confirmed", printed.TrimEnd().Split('\n')[^1]);
    }

    static async Task<(int ExitCode, string Printed)> BashAsync(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", "-e")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = bash.StandardError.ReadToEndAsync();
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        var printed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return (bash.ExitCode, printed + await errors);
    }

    [GeneratedRegex(@"^## A purchase with curl\n.*?^```sh\n(?<script>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Purchase();
}
