using System.Globalization;
using System.Security.Cryptography;
using MimeKit;
using Souk.Load;

namespace Souk.Launcher.Shop;

/// <summary>
/// People who have registered for a run, as anybody does: by the pages, and by the link in the mail, which the store on this
/// machine leaves in a folder. Addresses and passwords are new ones each time.
/// </summary>
sealed class Registration : IDisposable
{
    // Login lets one address of the network ask for a hundred things in a quarter of an hour.
    const int Most = 50;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly List<Account> _accounts = [];

    public IReadOnlyList<Account> Accounts => _accounts;

    /// <exception cref="Trouble">They cannot be had here.</exception>
    public static async Task<Registration> OfAsync(int count, Uri store, DataFolder data, TimeProvider clock, CancellationToken stop)
    {
        if (count is < 0 or > Most)
            throw new Trouble($"--accounts {count} is too many or too few.", $"Up to {Most} may register from one machine; shoppers take turns with them.");
        var registration = new Registration();
        if (count == 0)
            return registration;
        try
        {
            await registration.RegisterAsync(count, store, data, clock, stop);
            return registration;
        }
        catch (Exception error)
        {
            registration.Dispose();
            throw error is InvalidOperationException or HttpRequestException
                ? new Trouble($"Nobody can register at {store}: {error.Message}", "See `souk status`.") : error;
        }
    }

    public void Dispose() => _accounts.ForEach(account => account.Dispose());

    async Task RegisterAsync(int count, Uri store, DataFolder data, TimeProvider clock, CancellationToken stop)
    {
        var secret = Path.Combine(data.Keys, "storefront.oidc");
        if (!File.Exists(secret))
            throw new Trouble($"{data.Keys} has no key of a storefront.", "--accounts needs the store's own data folder: --data DIR.");
        var client = new StorefrontClient(store, File.ReadAllText(secret).Trim());
        // A store that has sold much has sent much: only what comes from now on is read.
        var seen = MailsIn(data).ToHashSet(StringComparer.Ordinal);
        var run = RandomNumberGenerator.GetHexString(8, lowercase: true);
        for (var number = 1; number <= count; number++)
        {
            var email = string.Create(CultureInfo.InvariantCulture, $"shopper{number}.{run}@example.com");
            _accounts.Add(await Account.RegisterAsync(client, email, RandomNumberGenerator.GetHexString(32), to => LinkAsync(to, data, seen, clock, stop), clock));
        }
    }

    /// <summary>The link in the mail to somebody, once it is there.</summary>
    static async Task<string> LinkAsync(string email, DataFolder data, HashSet<string> seen, TimeProvider clock, CancellationToken stop)
    {
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Patience)
        {
            foreach (var file in MailsIn(data).Where(seen.Add))
            {
                using var mail = await MimeMessage.LoadAsync(file, stop);
                if (mail.To.Mailboxes.Any(to => to.Address == email) && Link(mail.TextBody) is { } link)
                    return link;
            }
            await Task.Delay(Pause, clock, stop);
        }
        throw new Trouble($"No mail to {email} is in {data.Mails}.", "--accounts needs a store that leaves its mails there, not with an SMTP server.");
    }

    static IEnumerable<string> MailsIn(DataFolder data) =>
        Directory.Exists(data.Mails) ? Directory.EnumerateFiles(data.Mails, "*.eml") : [];

    static string? Link(string? text) =>
        text?.Split('\n', ' ').Select(word => word.Trim()).FirstOrDefault(word => word.StartsWith("http", StringComparison.Ordinal)) is { } found
        && Uri.TryCreate(found, UriKind.Absolute, out var link) ? link.PathAndQuery : null;
}
