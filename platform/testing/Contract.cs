using System.Text.Json.Nodes;
using Xunit;

namespace Souk.Testing;

/// <summary>
/// Holds a service's code against the contract it has published. After a wanted change run the test once with
/// <c>SOUK_WRITE_CONTRACTS=true</c> and commit the file.
/// </summary>
public static class Contract
{
    /// <summary>Compares <c>openapi.json</c> and <c>events.json</c> in the service's folder with the running service.</summary>
    /// <param name="service">The running service.</param>
    /// <param name="folder">The service's folder in the repository, such as <c>services/Cart</c>.</param>
    public static async Task MatchesAsync(TestService service, string folder)
    {
        await MatchesAsync(service, "/openapi/v1.json", Repository.Path(folder, "openapi.json"));
        await MatchesAsync(service, "/openapi/events.json", Repository.Path(folder, "events.json"));
    }

    static async Task MatchesAsync(TestService service, string address, string file)
    {
        var actual = JsonNode.Parse(await service.As("souk").GetStringAsync(address));
        if (Environment.GetEnvironmentVariable("SOUK_WRITE_CONTRACTS") == "true")
        {
            await File.WriteAllTextAsync(file, actual!.ToJsonString(new() { WriteIndented = true }) + "\n");
        }
        Assert.True(File.Exists(file), $"{file} is missing: run this test once with SOUK_WRITE_CONTRACTS=true.");
        var committed = JsonNode.Parse(await File.ReadAllTextAsync(file));
        Assert.True(JsonNode.DeepEquals(committed, actual),
            $"{file} is not what the code does. If the change is wanted, run this test once with SOUK_WRITE_CONTRACTS=true.");
    }
}
