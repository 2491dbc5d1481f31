using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Souk.Login.Tests;

/// <summary>A public OpenID Connect client that is not ours, under Node, at a Login that it reaches by its public address.</summary>
public sealed class OpenIdClientTests
{
    [NodeFact]
    public async Task A_client_of_npm_signs_in_with_code_and_pkce_refreshes_and_is_refused_on_reuse()
    {
        await using var door = await Door.OpenAsync();
        await using var login = await TestService.StartAsync(LoginService.Build, Engine.Sqlite, new ServiceSetup
        {
            RunPumps = false,
            Configuration = new Dictionary<string, string?>
            {
                ["Souk:PublicUrl"] = door.Address,
                [$"Login:Clients:{LoginUnderTest.App}:RedirectUris:0"] = LoginUnderTest.AppRedirect,
            },
        });
        door.Behind = login;
        var browser = new Browser(login, "203.0.113.9");
        await browser.FillAsync("/account/register", ("email", "amal@example.com"), ("password", LoginUnderTest.Password));
        var wanted = (await login.EventsAsync("notifications"))[0].GetProperty("data").GetProperty("mailId").GetString();
        var mail = await login.As("notifications").GetFromJsonAsync<JsonElement>("/internal/mails/" + wanted);
        await browser.FillAsync(new Uri(mail.GetProperty("link").GetString()!).PathAndQuery, ("password", LoginUnderTest.Password));

        using var client = await Node.StartAsync(Repository.Path("services", "Login", "tests", "openid-client"), "sign-in.mjs", door.Address, LoginUnderTest.App, LoginUnderTest.AppRedirect);
        var go = JsonElement.Parse(await client.LineAsync()).GetProperty("go").GetString()!;
        var back = await browser.GetAsync(new Uri(go).PathAndQuery);
        Assert.Equal(HttpStatusCode.Redirect, back.Status);
        await client.SayAsync(back.Location);
        var told = JsonElement.Parse(await client.LineAsync());
        Assert.True(Guid.TryParse(told.GetProperty("subject").GetString(), out _));
        Assert.Equal("amal@example.com", told.GetProperty("email").GetString());
        Assert.True(told.GetProperty("rotated").GetBoolean());
        Assert.Equal("invalid_grant", told.GetProperty("reused").GetString());
        Assert.Equal("invalid_grant", told.GetProperty("family").GetString());
    }

    /// <summary>Stands where the gateway stands: what comes from outside is passed on with its identity.</summary>
    sealed class Door : IAsyncDisposable
    {
        readonly WebApplication _app;
        readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

        Door(WebApplication app) => _app = app;

        public string Address => _app.Urls.First() + "/";

        public TestService? Behind { get; set; }

        public static async Task<Door> OpenAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Configuration["urls"] = "http://127.0.0.1:0";
            builder.Configuration["Logging:Console:LogLevel:Default"] = "None";
            var door = new Door(builder.Build());
            door._app.Run(door.PassAsync);
            await door._app.StartAsync();
            return door;
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _http.Dispose();
        }

        async Task PassAsync(HttpContext context)
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(Behind!.Address, context.Request.GetEncodedPathAndQuery()));
            if (context.Request.ContentLength > 0) request.Content = new StreamContent(context.Request.Body);
            foreach (var (name, values) in context.Request.Headers)
            {
                if (name is "Host" or "Connection") continue;
                if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
            request.Headers.Add("Souk-Identity", Behind.As("gateway").DefaultRequestHeaders.GetValues("Souk-Identity"));
            using var answer = await _http.SendAsync(request);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.Location is { } location) context.Response.Headers.Location = location.OriginalString;
            await answer.Content.CopyToAsync(context.Response.Body);
        }
    }
}

/// <summary>A program under Node that a test speaks with, a line at a time.</summary>
sealed class Node : IDisposable
{
    readonly Process _process;
    readonly Task<string> _errors;

    Node(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Why tests under Node are skipped here; null where they run. Under CI they run, and fail.</summary>
    public static string? SkipReason { get; } = Find("node") is null || Find("npm") is null
        ? Environment.GetEnvironmentVariable("CI") == "true" ? null : "Node is not installed: apt-get install nodejs npm"
        : null;

    /// <summary>Installs what the folder's lock file names, once, and starts a script of it.</summary>
    public static async Task<Node> StartAsync(string folder, string script, params string[] arguments)
    {
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            using var install = Run(folder, "npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
            var (said, wrong) = (install.StandardOutput.ReadToEndAsync(), install.StandardError.ReadToEndAsync());
            await install.WaitForExitAsync();
            Assert.True(install.ExitCode == 0, "npm ci: " + await wrong + await said);
        }
        return new Node(Run(folder, "node", [script, .. arguments]));
    }

    public async Task<string> LineAsync() =>
        await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System)
        ?? throw new InvalidOperationException("Node ended: " + await _errors);

    public Task SayAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    static Process Run(string folder, string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Find(program) ?? throw new InvalidOperationException("Node is not installed: apt-get install nodejs npm"))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.StandardInput.AutoFlush = true;
        return process;
    }

    static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}

/// <summary>Skips a test without Node, visibly.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NodeFactAttribute : FactAttribute
{
    /// <summary>Marks a test that needs Node.</summary>
    public NodeFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? sourceFilePath = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int sourceLineNumber = -1) : base(sourceFilePath, sourceLineNumber) =>
        Skip = Node.SkipReason;
}
