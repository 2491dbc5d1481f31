using System.Net;
using Souk.Launcher.Control;
using Souk.Launcher.Identity;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Staff;

/// <summary>
/// `souk staff add EMAIL`: makes an account that has registered one of the staff: the first of them, who can make the others.
/// Whoever has the data folder may. Said twice, it is as said once.
/// </summary>
sealed class StaffCommand(DataFolder data, TimeProvider clock)
{
    const string Login = "login";

    public async Task<int> AddAsync(string email, CancellationToken stop)
    {
        if (RunLock.Holder(data) is null)
            throw new Trouble($"No store runs on {data.Root}.", "Start it with `dotnet run --project souk`, then say it again.");
        var address = EndpointFile.AddressOf(Login, data.Endpoints)
            ?? throw new Trouble("Login is not running.", "See `souk status`.");
        using var identity = LauncherIdentity.Open(data.Keys, clock);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address };
        using var request = new HttpRequestMessage(HttpMethod.Put, "/internal/staff/" + Uri.EscapeDataString(email));
        request.Headers.Add(LauncherIdentity.Header, identity.TokenFor(Login));
        using var answer = await http.SendAsync(request, stop);
        if (answer.StatusCode == HttpStatusCode.NotFound)
            throw new Trouble($"{email} has no account, or has not confirmed it.", "Register at /account/register and follow the link in the mail, then say it again.");
        if (!answer.IsSuccessStatusCode)
            throw new Trouble($"Login refused: {(int)answer.StatusCode}.", $"See {data.Log("login-1")}.");
        Console.WriteLine($"{email} is one of the staff, and signed out everywhere. The back office asks for a second factor at the next sign-in.");
        return 0;
    }
}
