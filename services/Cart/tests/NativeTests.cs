using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Souk.Platform.Security;

namespace Souk.Cart.Tests;

/// <summary>Cart as Native AOT: published without a warning, a process of its own, the same answers.</summary>
public sealed class NativeTests : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("souk-native-").FullName;
    readonly FakeFeed _catalog = new("catalog");

    public static bool HasLinker => Environment.GetEnvironmentVariable("CI") == "true"
        || (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(f => File.Exists(Path.Combine(f, "clang")));

    [Fact(Skip = "There is no linker for Native AOT: apt-get install clang zlib1g-dev", SkipUnless = nameof(HasLinker))]
    public async Task Compiled_ahead_of_time_cart_answers_as_ever()
    {
        var program = await PublishAsync();
        _catalog.Add("ProductPut", "mug", CartUnderTest.ProductPut("mug", ("MUG", 500)));
        await using var catalog = await ServeCatalogAsync();
        using var cart = Start(program, catalog.Urls.First(), out var address);
        try
        {
            using var http = new HttpClient { BaseAddress = address };
            var identity = new ServiceIdentity("gateway", new ServiceKeys(Path.Combine(_folder, "keys")), TimeProvider.System);
            http.DefaultRequestHeaders.Add(ServiceIdentity.Header, identity.TokenFor("cart"));

            await Eventually.HoldsAsync("Cart is ready", async () => (await http.GetAsync("/health/ready")).IsSuccessStatusCode);
            using var created = await http.PostAsync("/api/cart/carts", null);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
            var line = created.Headers.Location + "/lines/MUG";

            // Priced from the feed, read by generated code over real sockets.
            await Eventually.HoldsAsync("Cart has heard of the mug", async () => (await PutAsync("""{"quantity":2}""")).Status == 200);
            var read = await http.GetFromJsonAsync<JsonElement>(created.Headers.Location);
            Assert.Equal(1000, read.GetProperty("total").GetProperty("amount").GetInt64());

            Assert.Equal((400, "cart.line.quantity_invalid"), await PutAsync("""{"quantity":1.5}"""));
            Assert.Equal((400, "request.malformed"), await PutAsync("{"));
            Assert.Equal((412, "cart.version_stale"), await PutAsync("""{"quantity":3}""", "\"1\""));
            Assert.Equal((200, null), await PutAsync("""{"quantity":3}""", "\"2\""));
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/cart/carts/unknown")).StatusCode);
            using var removed = await http.DeleteAsync(line);
            Assert.Equal("\"4\"", removed.Headers.ETag?.ToString());

            async Task<(int Status, string? Code)> PutAsync(string json, string? ifMatch = null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Put, line);
                request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
                if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
                using var response = await http.SendAsync(request);
                var body = await response.Content.ReadFromJsonAsync<JsonElement>();
                return ((int)response.StatusCode, body.TryGetProperty("code", out var code) ? code.GetString() : null);
            }
        }
        finally
        {
            cart.StandardInput.Close(); // told to stop, it drains and ends
            if (!cart.WaitForExit(TimeSpan.FromSeconds(15))) cart.Kill();
        }
        Assert.Equal(0, cart.ExitCode);
    }

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    async Task<string> PublishAsync()
    {
        var output = Path.Combine(_folder, "cart");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, WorkingDirectory = Repository.Root };
        string[] arguments =
        [
            "publish", Repository.Path("services", "Cart", "src"), "-c", "Release", "--use-current-runtime", "-o", output,
            "-p:PublishAot=true", "-p:ArtifactsPath=" + Path.Combine(_folder, "objects"), "-nodeReuse:false", "-v", "quiet", "--nologo",
        ];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var publish = Process.Start(start)!;
        var log = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, log);
        return Path.Combine(output, "Souk.Cart");
    }

    async Task<WebApplication> ServeCatalogAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var feed = new HttpMessageInvoker(_catalog.Network("catalog"));
        var identity = new ServiceIdentity("catalog", new ServiceKeys(Path.Combine(_folder, "keys")), TimeProvider.System);
        app.MapGet("/internal/events", async (HttpContext context) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "http://catalog/internal/events" + context.Request.QueryString);
            using var response = await feed.SendAsync(request, context.RequestAborted);
            // A feed proves whose it is.
            context.Response.Headers[ServiceIdentity.Header] = identity.TokenFor("cart");
            await context.Response.WriteAsync(await response.Content.ReadAsStringAsync());
        });
        await app.StartAsync();
        return app;
    }

    Process Start(string program, string catalog, out Uri address)
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            address = new Uri("http://" + listener.LocalEndpoint);
        }
        var endpoints = Path.Combine(_folder, "endpoints.json");
        File.WriteAllText(endpoints, $$"""{ "Services": { "catalog": { "http": ["{{catalog}}"] } } }""");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true };
        start.Environment["ASPNETCORE_URLS"] = address.ToString();
        start.Environment["ConnectionStrings__Database"] = "Data Source=" + Path.Combine(_folder, "cart.db");
        start.Environment["Souk__Keys"] = Path.Combine(_folder, "keys");
        start.Environment["Souk__Endpoints"] = endpoints;
        start.Environment["Souk__StopWithStdin"] = "true";
        start.Environment["Logging__LogLevel__Default"] = "None";
        return Process.Start(start)!;
    }
}
