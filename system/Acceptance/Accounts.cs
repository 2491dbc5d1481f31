using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json;

namespace Souk.Acceptance;

/// <summary>People with an account at a running store.</summary>
static class Accounts
{
    public const string Password = "four blue lanterns at dusk";

    /// <summary>Registers, confirms by the link of the mail, and signs in as the storefront does it.</summary>
    public static async Task<Account> RegisterAsync(Store store, string email) =>
        await Account.RegisterAsync(await ClientAsync(store), email, Password, to => LinkAsync(store, to, "confirm"));

    /// <summary>New tokens for whom the visitor has signed in as.</summary>
    public static async Task<Account> SignInAsync(Store store, Visitor visitor, string email) =>
        await Account.SignInAsync(await ClientAsync(store), visitor, email);

    /// <summary>The path of the link in the latest mail of a kind to somebody, as Notifications learns of it.</summary>
    public static async Task<string> LinkAsync(Store store, string email, string kind)
    {
        string? link = null;
        using var login = await store.ClientOfAsync("login", "notifications");
        await Eventually.HoldsAsync($"a mail '{kind}' to {email} is wanted", async () =>
        {
            var wanted = await login.GetFromJsonAsync<List<JsonElement>>("/internal/events?after=0");
            foreach (var data in wanted!.Select(e => e.GetProperty("data")).Where(data => data.GetProperty("kind").GetString() == kind).Reverse())
            {
                using var answer = await login.GetAsync("/internal/mails/" + data.GetProperty("mailId").GetString());
                if (!answer.IsSuccessStatusCode) continue;
                var mail = await answer.Content.ReadFromJsonAsync<JsonElement>();
                if (mail.GetProperty("address").GetString() != email) continue;
                link = new Uri(mail.GetProperty("link").GetString()!).PathAndQuery;
                return true;
            }
            return false;
        });
        return link!;
    }

    static async Task<StorefrontClient> ClientAsync(Store store) =>
        new(store.Address, (await File.ReadAllTextAsync(Path.Combine(store.Folder, "keys", "storefront.oidc"))).Trim());

    extension(Account account)
    {
        public string Subject => account.Claim("sub");

        public string Claim(string name) => JsonElement.Parse(Base64Url.DecodeFromChars(account.AccessToken.Split('.')[1])).GetProperty(name).GetString()!;
    }
}
