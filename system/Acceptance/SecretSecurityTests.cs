using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Souk.Acceptance;

/// <summary>
/// What a store must not keep, after people have shopped, registered and signed in at it: looked for in every database, log,
/// mail and trace, byte for byte; and a change of keys that nobody notices (docs/security.md, lines 27 and 38).
/// </summary>
[Collection(nameof(OpenStore))]
public sealed partial class SecretSecurityTests(Store store)
{
    const string NewPassword = "seven red kites over the bay";
    const string WrongPassword = "nine wrong guesses in a row";
    static readonly string[] Cards = ["4242424242424242", "5555555555554444", "4000000000000002", "4000000000000259"];

    [Fact]
    public async Task After_a_day_at_the_shop_no_store_of_anything_holds_a_card_a_password_a_token_or_a_key()
    {
        using var account = await Accounts.RegisterAsync(store, "secrets@example.com");
        var secrets = new List<(string What, string Text)>
        {
            ("a password", Accounts.Password), ("a password", NewPassword), ("a password", WrongPassword),
            ("an access token", account.AccessToken), ("a refresh token", account.RefreshToken), ("an ID token", account.IdToken),
        };
        await BuyWithEveryCardAsync(account);
        secrets.Add(("a session's cookie", account.Visitor.Cookies["__Host-souk-login"]));
        await ForgetThePasswordAsync(account.Email, secrets);
        await TypeSecretsWhereTheyDoNotBelongAsync(account);
        foreach (var card in Cards)
        {
            secrets.Add(("a card number", card));
            secrets.Add(("a card number", $"{card[..4]} {card[4..8]} {card[8..12]} {card[12..]}"));
        }
        foreach (var file in Directory.EnumerateFiles(Path.Combine(store.Folder, "keys"), "*", SearchOption.AllDirectories))
        {
            if (file.EndsWith(".secret", StringComparison.Ordinal) || file.EndsWith(".oidc", StringComparison.Ordinal)) secrets.Add(("the secret " + Path.GetFileName(file), (await File.ReadAllTextAsync(file)).Trim()));
            else if (file.EndsWith(".key", StringComparison.Ordinal)) secrets.Add(("the key " + Path.GetFileName(file), (await File.ReadAllLinesAsync(file))[1]));
        }

        // What comes last is known by its address, once at the gateway and once at the service behind it.
        string[] last = ["/the-last-page", "/account/the-last-account", "/api/ordering/orders/the-last-order"];
        foreach (var address in last)
        {
            using var answer = await account.Visitor.GetAsync(address);
        }
        await Eventually.HoldsAsync("the traces have come", () => Text(store.Traces) is var traces && last.All(address => traces.Split(address).Length > 2));
        var places = Kept().ToList();
        Assert.True(places.Count(place => place.Name.EndsWith(".db", StringComparison.Ordinal)) >= 10, string.Join('\n', places.Select(place => place.Name)));
        Assert.True(places.Count(place => place.Name.StartsWith("logs/", StringComparison.Ordinal)) >= 10);
        Assert.Contains(places, place => place.Name.StartsWith("data/notifications/mails/", StringComparison.Ordinal));
        // It would be found: what is no secret, and stands there, is.
        Assert.Contains(places, place => place.Name.StartsWith("data/ordering/", StringComparison.Ordinal) && place.Text.Contains("secrets@example.com", StringComparison.Ordinal));

        var found = new List<string>();
        foreach (var (name, text) in places)
        {
            found.AddRange(secrets.Where(secret => text.Contains(secret.Text, StringComparison.Ordinal)).Select(secret => $"{name}: {secret.What}"));
            found.AddRange(Numbers().Matches(text).Select(match => match.Value).Where(IsCard).Select(number => $"{name}: {number} looks like a card number"));
            // Login keeps a code for its five minutes encrypted; whoever reads it there has neither its key nor the verifier.
            found.AddRange(Tokens().Matches(text).Where(match => !(name.StartsWith("data/login/", StringComparison.Ordinal) && match.Value.StartsWith(Encrypted, StringComparison.Ordinal))).Select(match => $"{name}: {match.Value[..20]}… looks like a token"));
            if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)) found.Add($"{name}: a private key");
        }
        Assert.True(found.Count == 0, string.Join('\n', found.Distinct()));
    }

    // { "alg": "A256KW", …
    const string Encrypted = "eyJhbGciOiJBMjU2S1ci";

    [Fact]
    public async Task A_new_signing_key_costs_no_request()
    {
        using var account = await Accounts.RegisterAsync(store, "rotation@example.com");
        using var ports = await Ports.OpenAsync(store);
        using var old = new LoginKey(store);
        string[] tokens = [account.AccessToken, old.Token(account.Subject, ["customer"])];
        // One route of each service at which a token is judged.
        var judges = ports.Routes.Where(route => route is { IsApi: true, Method: "GET", User: "Person" }).DistinctBy(route => route.Service).ToList();
        Assert.True(judges.Count >= 4, string.Join('\n', judges));
        foreach (var judge in judges) await Eventually.HoldsAsync($"{judge} takes it", async () => IsTaken(await ports.AskAsync(judge, "gateway", tokens[0])));

        var failed = new ConcurrentBag<string>();
        var (asked, until) = (0, new CancellationTokenSource());
        var load = judges.Select(async judge =>
        {
            while (!until.IsCancellationRequested)
            {
                foreach (var token in tokens.ToArray())
                {
                    var answer = await ports.AskAsync(judge, "gateway", token);
                    Interlocked.Increment(ref asked);
                    if (!IsTaken(answer)) failed.Add($"{judge}: {answer}");
                }
            }
        }).ToList();
        using (var login = await store.ClientOfAsync("login"))
        using (var rotated = await login.PostAsync("/internal/keys/rotate", null))
        {
            Assert.Equal(HttpStatusCode.NoContent, rotated.StatusCode);
        }
        // It signs after two minutes: long before that every service takes what it will sign.
        using var next = new LoginKey(store, newest: true);
        Assert.NotEqual(old.Id, next.Id);
        var later = next.Token(account.Subject, ["customer"]);
        foreach (var judge in judges)
        {
            await Eventually.HoldsAsync($"{judge} takes the new key", async () => IsTaken(await ports.AskAsync(judge, "gateway", later)), TimeSpan.FromSeconds(5));
        }
        tokens = [.. tokens, later];
        var enough = Volatile.Read(ref asked) + 500;
        await Eventually.HoldsAsync("old and new are taken side by side", () => Volatile.Read(ref asked) > enough || !failed.IsEmpty);
        await until.CancelAsync();
        await Task.WhenAll(load);
        until.Dispose();
        Assert.True(failed.IsEmpty, string.Join('\n', failed.Distinct()));
    }

    static bool IsTaken(string answer) => answer.StartsWith("200", StringComparison.Ordinal) || answer.StartsWith("404 ", StringComparison.Ordinal);

    /// <summary>Each card is entered at the provider's page, as a customer does it; some pay, one is declined, one answer is lost.</summary>
    async Task BuyWithEveryCardAsync(Account account)
    {
        using var provider = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = (await store.AddressesAsync())["sandbox"] };
        var products = await SendAsync(null, HttpMethod.Get, "/api/catalog/products?query=mug&pageSize=1", null);
        var sku = products.Body.GetProperty("items")[0].GetProperty("skus")[0].GetString()!;
        await Task.WhenAll(Cards.Select(async card =>
        {
            var back = new Uri(store.Address, "/checkout/review").AbsoluteUri;
            using var entered = await provider.PostAsync("/pay", new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["reference"] = "secrets",
                ["amount"] = "100",
                ["currency"] = "EUR",
                ["return_url"] = back,
                ["cancel_url"] = back,
                ["number"] = card,
                ["expiry"] = "12/49",
                ["cvc"] = "123",
                ["name"] = "Amal Haddad",
            }));
            var token = System.Web.HttpUtility.ParseQueryString(entered.Headers.Location!.Query)["payment_method"]!;
            // One is somebody's who has signed in; the others are guests'. First where no card number belongs: it is refused, and not kept either.
            var user = card == Cards[0] ? account.AccessToken : null;
            var cart = (await SendAsync(user, HttpMethod.Post, "/api/cart/carts", null)).Body.GetProperty("id").GetString()!;
            await SendAsync(user, HttpMethod.Put, $"/api/cart/carts/{cart}/lines/{Uri.EscapeDataString(sku)}", new { quantity = 1 });
            Assert.Equal(HttpStatusCode.BadRequest, (await OrderAsync(user, cart, account.Email, token, $"Rosenweg {card}")).Status);
            var order = await OrderAsync(user, cart, account.Email, token, "Rosenweg 7");
            Assert.True(order.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{order.Status} {order.Body}");
            var id = order.Body.GetProperty("id").GetString();
            await Eventually.HoldsAsync($"the order with {card[^4..]} is decided", async () =>
                (await SendAsync(user, HttpMethod.Get, "/api/ordering/orders/" + id, null)).Body is var now
                && (now.GetProperty("outcome").GetString() == "confirmed" || now.GetProperty("state").GetString() == "Declined"), TimeSpan.FromSeconds(60));
        }));
    }

    async Task<(HttpStatusCode Status, JsonElement Body)> OrderAsync(string? user, string cart, string email, string paymentMethod, string street)
    {
        var quote = (await SendAsync(user, HttpMethod.Post, "/api/ordering/quotes", new { cartId = cart, country = "DE" })).Body;
        return await SendAsync(user, HttpMethod.Post, "/api/ordering/orders", new
        {
            cartId = cart,
            cartVersion = quote.GetProperty("cartVersion").GetInt64(),
            quoteHash = quote.GetProperty("quoteHash").GetString(),
            shippingOption = quote.GetProperty("shippingOption").GetString(),
            paymentMethod,
            email,
            shippingAddress = new { name = "Amal Haddad", line1 = street, city = "Berlin", postalCode = "10115", country = "DE" },
        });
    }

    async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string? user, HttpMethod method, string address, object? body)
    {
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : JsonContent.Create(body) };
        if (user is not null) request.Headers.Add("Authorization", "Bearer " + user);
        request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        using var answer = await store.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    /// <summary>Somebody at another browser guesses, forgets, chooses anew and signs in.</summary>
    async Task ForgetThePasswordAsync(string email, List<(string, string)> secrets)
    {
        using var visitor = new Visitor(store.Address);
        using (var guessed = await visitor.FillAsync("/account/signin", ("email", email), ("password", WrongPassword)))
        using (var mixedUp = await visitor.FillAsync("/account/signin", ("email", NewPassword), ("password", Cards[0])))
        using (var forgotten = await visitor.FillAsync("/account/forgotten", ("email", email)))
        {
            Assert.Equal([400, 400, 303], ((HttpResponseMessage[])[guessed, mixedUp, forgotten]).Select(answer => (int)answer.StatusCode));
        }
        var link = await Accounts.LinkAsync(store, email, "reset");
        secrets.Add(("the token of a mail", link.Split("token=")[1]));
        using (var reset = await visitor.FillAsync(link, ("password", NewPassword)))
        using (var signedIn = await visitor.FillAsync("/account/signin", ("email", email), ("password", NewPassword)))
        {
            Assert.Equal(("/account/signin?said=reset", 303), (reset.Headers.Location?.OriginalString, (int)signedIn.StatusCode));
        }
        using var again = await Accounts.SignInAsync(store, visitor, email);
        secrets.AddRange([("an access token", again.AccessToken), ("a refresh token", again.RefreshToken), ("a session's cookie", visitor.Cookies["__Host-souk-login"])]);
    }

    /// <summary>People paste what they have at hand: into a search, an address, a header.</summary>
    async Task TypeSecretsWhereTheyDoNotBelongAsync(Account account)
    {
        string[] addresses =
        [
            $"/search?q={Cards[0]}", $"/order/{Cards[0]}", $"/api/ordering/orders/{Cards[0]}", $"/api/cart/carts/{account.AccessToken}",
            $"/api/catalog/products?query={account.AccessToken}", "/?token=" + account.RefreshToken,
        ];
        foreach (var address in addresses)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(store.Address, address));
            request.Headers.Add("X-Card", Cards[0]);
            request.Headers.UserAgent.ParseAdd("Card/" + Cards[0]);
            using var answer = await account.Visitor.SendAsync(request);
        }
    }

    /// <summary>Everything that the store has written but its keys and programs, and what it has sent to whoever collects traces.</summary>
    IEnumerable<(string Name, string Text)> Kept()
    {
        foreach (var file in Directory.EnumerateFiles(store.Folder, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(store.Folder, file).Replace('\\', '/');
            // The launcher's lock is its alone to open, and its socket is no file; neither holds anything.
            if (name is "run/lock" or "run/control.sock" || name.StartsWith("keys/", StringComparison.Ordinal) || name.StartsWith("releases/", StringComparison.Ordinal) || name.StartsWith("build/", StringComparison.Ordinal)) continue;
            // On a developer's machine mails are written here instead of being sent: those of accounts have a link, which is their purpose.
            var text = Read(file);
            if (name.StartsWith("data/notifications/mails/", StringComparison.Ordinal)) text = MailLink().Replace(text.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal), "token=");
            yield return (name, text);
        }
        yield return ("the traces", Text(store.Traces));
    }

    static string Text(IEnumerable<byte[]> parts) => string.Join('\n', parts.Select(Encoding.Latin1.GetString));

    static string Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    /// <summary>Of a brand, of a card's length, and its last digit fits the others.</summary>
    static bool IsCard(string number)
    {
        var digits = number.Where(char.IsAsciiDigit).Select(digit => digit - '0').Reverse().ToList();
        return digits.Count is 15 or 16 && digits.Select((digit, place) => place % 2 == 0 ? digit : digit * 2 % 10 + digit / 5).Sum() % 10 == 0;
    }

    [GeneratedRegex("(?<![0-9A-Za-z.-])(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|3[47][0-9]{2}|6[0-9]{3})[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3,4}(?![0-9A-Za-z.-])")]
    private static partial Regex Numbers();

    // A JSON Web Token, signed or encrypted: header, claims and more.
    [GeneratedRegex(@"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*")]
    private static partial Regex Tokens();

    [GeneratedRegex("token=[A-Za-z0-9_-]+")]
    private static partial Regex MailLink();
}
