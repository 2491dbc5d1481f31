using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Souk.Acceptance;

/// <summary>
/// Attempts at the ports of the running services themselves, past the gateway: every route of every service, as each tells
/// them (docs/security.md, lines 12, 15, 29, 35 and 36).
/// </summary>
[Collection(nameof(OpenStore))]
public sealed class PortSecurityTests(Store store) : IAsyncLifetime
{
    Ports _ports = null!;

    public async ValueTask InitializeAsync() => _ports = await Ports.OpenAsync(store);

    public ValueTask DisposeAsync()
    {
        _ports.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Whoever_shows_no_identity_is_answered_401_by_every_route_of_every_service()
    {
        Assert.True(_ports.Services.Count >= 10, string.Join(' ', _ports.Services));
        Assert.All(_ports.Services, service => Assert.Contains(_ports.Routes, route => route.Service == service && route.Callers.Count > 0));
        await Ports.AllAnswerAsync(_ports.Routes.Where(route => route.Callers.Count > 0), "401 identity.missing", route => _ports.AskAsync(route, caller: null));

        // What anyone may ask: whether a service is there. The provider is no part of the store: it wants its API key, and has pages.
        var open = _ports.Routes.Where(route => route.Callers.Count == 0).ToList();
        Assert.Equal(["/health/live", "/health/ready"], open.Where(route => route.Service != "sandbox").Select(route => route.Address).Distinct().Order());
        await Ports.AllAnswerAsync(open.Where(route => route.Address.StartsWith("/v1/", StringComparison.Ordinal)), "401 sandbox.api_key_invalid",
            route => _ports.AskAsync(route, caller: null));
    }

    [Fact]
    public async Task Every_service_that_a_route_does_not_name_is_answered_403() => await Ports.AllAnswerAsync(
        from route in _ports.Routes
        where route.Callers.Count > 0 && route.Service != "sandbox"
        from caller in _ports.Services.Append("souk")
        where !route.Callers.Contains(caller)
        select (route, caller), "403 identity.not_allowed", asked => _ports.AskAsync(asked.route, asked.caller));

    [Fact]
    public void Nothing_of_the_store_listens_to_another_machine_and_what_it_keeps_secret_its_owner_alone_reads()
    {
        var outside = NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(one => one.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)).ToList();
        Assert.All(_ports.Addresses, address => Assert.True(address.IsLoopback, address.ToString()));
        foreach (var (host, port) in from host in outside from address in _ports.Addresses select (host, address.Port))
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            Assert.Throws<SocketException>(() => socket.Connect(host, port));
        }

        if (OperatingSystem.IsWindows()) return;
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var keys = Path.Combine(store.Folder, "keys");
        var secrets = Directory.EnumerateFiles(keys, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".pub", StringComparison.Ordinal)).ToList();
        Assert.All(_ports.Services.Where(service => service != "sandbox"), service => Assert.Contains(Path.Combine(keys, service + ".key"), secrets));
        // In a folder that is the owner's alone a file's own mode may be wider, as the framework writes its keys.
        foreach (var file in secrets)
        {
            var folder = Path.GetDirectoryName(file)!;
            Assert.True((File.GetUnixFileMode(file) & Others) == 0 || folder != keys && (File.GetUnixFileMode(folder) & Others) == 0, file);
        }
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(keys) & Others);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(store.FolderOf("login")) & Others);
    }

    [Fact]
    public async Task A_customers_token_is_answered_403_by_every_route_of_staff()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.29@example.com");
        using var login = new LoginKey(store);
        await LivesAsync(account);
        var staff = _ports.Routes.Where(route => route.User == "Staff").ToList();
        Assert.True(staff.Count >= 20, $"Only {staff.Count} routes are for staff.");
        Assert.DoesNotContain(_ports.Routes, route => route.IsApi && route.Pattern.Contains("/staff", StringComparison.Ordinal) && route.User != "Staff");

        await Ports.AllAnswerAsync(staff, "403 token.not_staff", route => _ports.AskAsync(route, "gateway", account.AccessToken));
        await Ports.AllAnswerAsync(staff, "401 token.missing", route => _ports.AskAsync(route, "gateway"));
        var password = login.Token("staff-of-a-test", ["customer", "staff"]);
        await Ports.AllAnswerAsync(staff, "403 token.second_factor_needed", route => _ports.AskAsync(route, "gateway", password));
        var support = login.Token("support-of-a-test", ["customer", "support"], secondFactor: true);
        await Ports.AllAnswerAsync(staff.Where(route => !route.SupportToo), "403 token.not_staff", route => _ports.AskAsync(route, "gateway", support));
        var partner = login.Partner("nothing:write");
        await Ports.AllAnswerAsync(staff.Where(route => route.Scope is not null), "403 token.scope_missing", route => _ports.AskAsync(route, "gateway", partner));
        await Ports.AllAnswerAsync(staff.Where(route => route.Scope is null), "401 token.invalid", route => _ports.AskAsync(route, "gateway", partner));

        // And staff gets in: what was refused was refused for who asked.
        var member = login.Staff();
        foreach (var route in staff.Where(route => route.Method == "GET"))
        {
            Assert.DoesNotMatch("^40[13]", await _ports.AskAsync(route, "gateway", member));
        }
    }

    [Fact]
    public async Task A_forged_stale_or_foreign_token_is_nobodys_on_any_route_that_knows_users()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.15@example.com");
        using var login = new LoginKey(store);
        await LivesAsync(account);
        var judged = (
            from route in _ports.Routes
            where route.User is not null && route.Callers.Count > 0
            select route).ToList();
        Assert.True(judged.Select(route => route.Service).Distinct().Count() >= 7);
        var bads = login.Bad(account);
        await Ports.AllAnswerAsync(
            from route in judged
            where route.User != "Passed"
            from bad in bads
            select (route, bad), "401 token.invalid", asked => _ports.AskAsync(asked.route, asked.route.Callers[0], asked.bad.Value));
    }

    [Fact]
    public async Task What_is_for_a_user_is_given_for_the_users_token_alone_whichever_service_asks()
    {
        using var account = await Accounts.RegisterAsync(store, "customer.36@example.com");
        await LivesAsync(account);
        var own = _ports.Routes.Where(route => route.User == "Person").ToList();
        Assert.True(own.Count >= 15, $"Only {own.Count} routes are for who has signed in.");
        await Ports.AllAnswerAsync(
            from route in own from caller in route.Callers where caller != "backoffice" select (route, caller),
            "401 token.missing", asked => _ports.AskAsync(asked.route, asked.caller));
        var passed = _ports.Routes.Where(route => route.User == "Passed").ToList();
        if (passed.Count > 0)
        {
            await Ports.AllAnswerAsync(passed, "403 token.user_missing", route => _ports.AskAsync(route, route.Callers[0]));
        }

        // An order is made of a cart by Ordering: of somebody's own for that somebody alone.
        var mine = _ports.Routes.Single(route => route.Service == "cart" && route.Pattern.EndsWith("/carts/mine", StringComparison.Ordinal));
        using var answer = await _ports.SendAsync("cart", HttpMethod.Get, mine.Address, "gateway", account.AccessToken);
        var id = System.Text.Json.JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()).GetProperty("id").GetString();
        using var other = await Accounts.RegisterAsync(store, "another.36@example.com");
        foreach (var (token, expected) in new[] { (null, 404), (other.AccessToken, 404), (account.AccessToken, 200) })
        {
            using var asked = await _ports.SendAsync("cart", HttpMethod.Get, "/internal/carts/" + id, "ordering", token);
            Assert.Equal(expected, (int)asked.StatusCode);
        }
    }

    [Theory]
    [InlineData("sign-out")]
    [InlineData("sign-out everywhere")]
    [InlineData("password")]
    [InlineData("disabled")]
    public async Task A_token_is_dead_on_every_service_within_five_seconds_of(string end)
    {
        using var account = await Accounts.RegisterAsync(store, $"customer.12.{end.Replace(' ', '.')}@example.com");
        using var login = new LoginKey(store);
        // One route of each service at which a token is judged.
        var judges = _ports.Routes.Where(route => route is { IsApi: true, Method: "GET", User: "Person" or "Anyone" })
            .DistinctBy(route => route.Service).ToList();
        Assert.True(judges.Count >= 7, string.Join('\n', judges));
        foreach (var judge in judges) await Eventually.HoldsAsync($"{judge} takes it", async () => !(await AskAsync(judge)).StartsWith("401", StringComparison.Ordinal));

        switch (end)
        {
            case "sign-out": await EndAsync("/api/login/sessions/" + account.Claim("sid"), account.AccessToken); break;
            case "sign-out everywhere": await EndAsync("/api/login/sessions", account.AccessToken); break;
            case "password":
                using (await account.Visitor.FillAsync("/account/password", ("present", Accounts.Password), ("password", "five green lanterns"))) break;
            default:
                using (var content = new StringContent("""{"disabled":true}""", System.Text.Encoding.UTF8, "application/json"))
                using (var disabled = await _ports.SendAsync("login", HttpMethod.Put, $"/api/login/accounts/{account.Subject}/disabled", "gateway", login.Staff(), content))
                {
                    Assert.Equal(HttpStatusCode.OK, disabled.StatusCode);
                    break;
                }
        }
        await Eventually.HoldsAsync("every service refuses it", async () =>
        {
            var answers = await Task.WhenAll(judges.Select(AskAsync));
            return answers.All(answer => answer == "401 token.invalid");
        }, TimeSpan.FromSeconds(5));

        Task<string> AskAsync(StoreRoute route) => _ports.AskAsync(route, "gateway", account.AccessToken);
    }

    async Task EndAsync(string address, string token)
    {
        using var ended = await _ports.SendAsync("login", HttpMethod.Delete, address, "gateway", token);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }

    /// <summary>Every service has heard Login by now: the token is taken where one is needed.</summary>
    async Task LivesAsync(Account account)
    {
        foreach (var route in _ports.Routes.Where(route => route is { User: "Person", Method: "GET" }).DistinctBy(route => route.Service))
        {
            await Eventually.HoldsAsync($"{route} takes the token", async () =>
                await _ports.AskAsync(route, "gateway", account.AccessToken) is var answer && (answer.StartsWith("200", StringComparison.Ordinal) || answer.StartsWith("404", StringComparison.Ordinal)));
        }
    }
}
