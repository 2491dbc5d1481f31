using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
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
        // Each answer that is printed is one of JSON, and none of them is a refusal.
        Assert.DoesNotContain("\"code\"", printed, StringComparison.Ordinal);
        var order = JsonDocument.Parse(printed[(printed.LastIndexOf("{\"id\"", StringComparison.Ordinal))..]).RootElement;
        Assert.Equal("confirmed", order.GetProperty("outcome").GetString());
        Assert.Equal(2, order.GetProperty("lines")[0].GetProperty("quantity").GetInt32());
        var now = await store.Http.GetFromJsonAsync<JsonElement>($"/api/ordering/orders/{order.GetProperty("id").GetString()}");
        Assert.Equal("confirmed", now.GetProperty("outcome").GetString());
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
