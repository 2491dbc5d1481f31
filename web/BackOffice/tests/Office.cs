using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.BackOffice.Tests;

/// <summary>A back office over fake services, with a Login, listening on a port of its own.</summary>
public sealed class Office : IAsyncDisposable
{
    Office(TestService service, FakeBackend backend, FakeLogin login) => (Service, Backend, Login) = (service, backend, login);

    public TestService Service { get; }

    public FakeBackend Backend { get; }

    public FakeLogin Login { get; }

    public static async Task<Office> OpenAsync()
    {
        var login = new FakeLogin("backoffice", "/staff/signin", TimeProvider.System);
        var backend = new FakeBackend { Login = login };
        // Long budgets, so that a busy machine loses no part.
        var time = TimeSpan.FromSeconds(20).ToString("c");
        var setup = new ServiceSetup
        {
            Network = backend.Network,
            Configuration = new Dictionary<string, string?>
            {
                ["BackOffice:Budgets:Read"] = time,
                ["BackOffice:Budgets:Change"] = time,
                ["BackOffice:Budgets:Import"] = time,
            },
        };
        var office = new Office(await TestService.StartAsync(BackOfficeService.Build, Engine.Sqlite, login.Vouching(setup)), backend, login);
        login.WriteSecret(office.Service.Keys);
        await Eventually.HoldsAsync("Login was heard", async () => (await office.Browser().GetAsync("/staff/signin")).Response.Headers.Location!
            .OriginalString.Contains("/connect/authorize", StringComparison.Ordinal));
        return office;
    }

    /// <summary>A browser of somebody who has not signed in.</summary>
    public Browser Browser() => new(Service);

    /// <summary>A browser of somebody who has.</summary>
    public async Task<Browser> SignInAsync(string subject, bool hasSecondFactor, params string[] roles)
    {
        (Login.Subject, Login.HasSecondFactor, Login.Roles) = (subject, hasSecondFactor, roles);
        var browser = Browser();
        var start = await browser.GetAsync("/staff/signin?returnUrl=%2Fstaff");
        var back = await browser.GetAsync(Login.SignIn(start.Response.Headers.Location!.OriginalString));
        Assert.Equal("/staff", back.Response.Headers.Location!.OriginalString);
        return browser;
    }

    /// <summary>A browser of somebody of staff, with a second factor.</summary>
    public Task<Browser> StaffAsync() => SignInAsync("nadia", hasSecondFactor: true, "customer", "staff");

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        Login.Dispose();
    }
}
