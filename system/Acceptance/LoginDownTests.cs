using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Souk.Acceptance;

/// <summary>
/// Login is dead, and whoever has signed in does not notice. <c>SOUK_LOGIN_DOWN_SECONDS</c> says for how long; 10 without.
/// </summary>
public sealed class LoginDownTests : IAsyncLifetime
{
    const int People = 12;

    // They all come from one address.
    readonly Store _store = new(postgres: null, ("Gateway__RequestsPerSecond", "0"));

    static readonly TimeSpan Length = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("SOUK_LOGIN_DOWN_SECONDS") ?? "10", CultureInfo.InvariantCulture));

    public ValueTask InitializeAsync() => _store.InitializeAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task With_Login_dead_whoever_has_signed_in_goes_on_buying_also_when_other_services_have_restarted()
    {
        var people = new List<Account>();
        for (var number = 1; number <= People; number++) people.Add(await Accounts.RegisterAsync(_store, $"goes.on.{number}@example.com"));
        var crowd = new Crowd(
            new LoadPlan(_store.Address) { Accounts = people, Rate = 8, Length = Length, Journeys = Weights.Parse("buy=80,browse=15,cart=5"), Cards = Weights.Parse("success") },
            TimeProvider.System);
        await using (_store.KeepDown("login"))
        {
            await Eventually.HoldsAsync("Login is gone", async () =>
                (await _store.Http.GetAsync("/.well-known/openid-configuration")).StatusCode == HttpStatusCode.ServiceUnavailable);
            var run = crowd.RunAsync();
            await Eventually.HoldsAsync("half of them have bought", () => crowd.Report.Checkouts >= 8 * Length.TotalSeconds * 0.8 / 2, Length * 2);
            foreach (var service in (string[])["cart", "ordering", "storefront"]) _store.Kill(service);
            await run;
            foreach (var address in (string[])["/api/cart/carts/mine", "/api/ordering/orders", "/"]) Assert.True(await IsWellAsync(address, people[0]), address);

            using var guest = new Visitor(_store.Address);
            using var refused = await guest.GetAsync("/signin");
            Assert.Equal("/?notice=signin-unavailable", refused.Headers.Location?.OriginalString);
        }
        var ended = crowd.Report.SignedInOutcomes;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"Checkouts of those who had signed in, in {crowd.Report.Took.TotalSeconds:0} s without Login: {string.Join(", ", ended.Select(one => $"{one.Value} {one.Key}"))}");
        // Shelves get empty; that is no failure of anybody's.
        Assert.All(ended.Keys, outcome => Assert.True(outcome is "confirmed" or "rejected: out_of_stock", outcome));
        Assert.True(ended.GetValueOrDefault("confirmed") >= 2 * Length.TotalSeconds, $"Only {ended.GetValueOrDefault("confirmed")} bought something.");
        people.ForEach(one => one.Dispose());
        await Eventually.HoldsAsync("Login is back", async () => (await _store.Http.GetAsync("/.well-known/openid-configuration")).IsSuccessStatusCode, TimeSpan.FromSeconds(60));

        // The same from the command line, by people who have registered for it.
        var seen = JsonElement.Parse(await _store.RunAsync("shop", "--accounts", "2", "--checkouts", "4", "--callers", "2", "--mix", "buy", "--cards", "success", "--json"));
        Assert.Equal(4, seen.GetProperty("signedInOutcomes").EnumerateObject().Sum(outcome => outcome.Value.GetInt64()));
    }

    async Task<bool> IsWellAsync(string address, Account who)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", who.AccessToken);
        using var answer = await _store.Http.SendAsync(request);
        return answer.IsSuccessStatusCode;
    }
}
