using System.Text.Json;

namespace Souk.Load.Tests;

public sealed class CrowdTests
{
    static readonly LoadPlan Plan = TinyShop.Plan with { Callers = 3, Staff = () => (new Uri("http://ordering"), "token") };

    [Fact]
    public async Task Every_journey_is_gone_to_its_end_and_counted()
    {
        using var shop = new TinyShop();
        var report = await shop.RunAsync(Plan with
        {
            Checkouts = 200,
            Journeys = Weights.Parse("browse,search,cart,buy=3,cancel,return"),
            Cards = Weights.Parse("success=70,declined=15,3ds=15"),
        });

        Assert.False(report.IsEmpty);
        Assert.Equal((200, 200, 200, 0), (report.Checkouts, report.Placed, shop.Orders.Count, report.Differing));
        Assert.Equal(report.Shoppers, report.Finished);
        Assert.Equal(200, report.Outcomes.Values.Sum());
        foreach (var outcome in new[] { "confirmed", "cancelled", "undecided: Declined" }) Assert.True(report.Outcomes[outcome] > 0);
        foreach (var action in new[] { "home", "category", "product", "search", "new cart", "add line", "quote", "order", "read", "3-D Secure", "pay", "cancel", "refund" })
        {
            Assert.True(report.Actions[action].Latencies.Count > 0, action);
        }
        Assert.Equal(report.Checkouts, Journeys.All.Where(Journeys.ChecksOut).Sum(journey => report.Actions["journey: " + journey].Latencies.Count));
        Assert.True(shop.Refunds > 0);
        Assert.Contains(shop.Requests, request => request.StartsWith("PUT /api/cart/carts/cart-", StringComparison.Ordinal) && request.Contains("/lines/A%2FB", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_seed_makes_the_same_requests()
    {
        using var first = new TinyShop();
        using var second = new TinyShop();
        using var other = new TinyShop();
        var plan = TinyShop.Plan with { Callers = 1, Checkouts = 20 };
        await first.RunAsync(plan);
        await second.RunAsync(plan);
        await other.RunAsync(plan with { Seed = 2 });
        Assert.Equal(first.Requests, second.Requests);
        Assert.Equal(first.Keys, second.Keys);
        Assert.NotEqual(first.Requests, other.Requests);
    }

    [Fact]
    public async Task Some_posts_are_repeated_under_their_key_and_a_store_that_forgets_is_caught()
    {
        var plan = Plan with { Checkouts = 40, RepeatChance = 1, Journeys = Weights.Parse("buy") };
        using var honest = new TinyShop();
        using var forgetful = new TinyShop { ForgetsKeys = true };
        var report = await honest.RunAsync(plan);
        Assert.True(report.Repeats >= 40);
        Assert.Equal((0, 40), (report.Differing, honest.Orders.Count));
        Assert.True((await forgetful.RunAsync(plan)).Differing >= 40);
    }

    [Fact]
    public async Task Whoever_is_turned_away_waits_and_comes_again_with_the_same_key()
    {
        using var shop = new TinyShop { LimitsEach = 5, FaultsEach = 7 };
        var report = await shop.RunAsync(Plan with { Checkouts = 50, Journeys = Weights.Parse("buy"), Cards = Weights.Parse("success") });
        Assert.True(report.RateLimited > 0);
        Assert.True(report.Retries > 0);
        Assert.Equal((50, 50), (report.Outcomes["confirmed"], shop.Orders.Count));
        // What was waited for counts.
        Assert.True(report.Actions["order"].Latencies.Max >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_changed_price_is_agreed_to_anew_under_a_new_key()
    {
        using var shop = new TinyShop { ChangesPrices = true };
        var report = await shop.RunAsync(Plan with { Checkouts = 10, Journeys = Weights.Parse("buy"), Cards = Weights.Parse("success"), RepeatChance = 0 });
        Assert.Equal((10, 10, 20), (report.Outcomes["confirmed"], shop.Orders.Count, shop.Keys.Distinct().Count()));
    }

    [Fact]
    public async Task A_latency_counts_from_when_a_shopper_was_meant_to_come()
    {
        var slow = TimeSpan.FromMilliseconds(50);
        var plan = TinyShop.Plan with { Journeys = Weights.Parse("search"), Length = TimeSpan.FromMilliseconds(100) };
        using var open = new TinyShop { Takes = slow };
        using var closed = new TinyShop { Takes = slow };

        // A hundred come within a tenth of a second to a store that serves twenty in a second, one after the other.
        var came = await open.RunAsync(plan with { Rate = 1000 });
        Assert.InRange(came.Shoppers, 60, 140);
        Assert.True(came.Actions["search"].Latencies.At(0.5) > TimeSpan.FromSeconds(2), came.ToSummary().ToJson());

        // A caller who politely waits would have told of 50 ms.
        var waited = await closed.RunAsync(plan with { Callers = 1 });
        Assert.InRange(waited.Actions["search"].Latencies.At(0.5).TotalMilliseconds, 50, 60);
    }

    [Fact]
    public async Task Answers_are_recorded_for_a_checker()
    {
        using var shop = new TinyShop { FaultsEach = 9 };
        var report = await shop.RunAsync(Plan with { Checkouts = 30, RepeatChance = 0.5, Journeys = Weights.Parse("buy,return") });
        var file = Path.Combine(Directory.CreateTempSubdirectory("souk-load-").FullName, "told.jsonl");
        await Told.WriteAsync(report.Told, file, TestContext.Current.CancellationToken);
        Assert.Equal(report.Told, Told.Read(file));

        var orders = report.Told.Where(told => told.Action == "order").ToList();
        Assert.Equal(shop.Orders.Keys.Order(), orders.Where(told => told.Status is 201 or 202).Select(told => told.OrderId!).Distinct().Order());
        Assert.Contains(orders, told => told.Status == 503);
        Assert.All(orders, told => Assert.True(told is { Key: not null, BodyHash: not null, PaymentMethod: not null }));
        // What was answered under one key and body is one answer.
        Assert.All(orders.Where(told => told.Status < 300).GroupBy(told => (told.Key, told.BodyHash)), group => Assert.Single(group.Select(told => told.AnswerHash).Distinct()));
        Assert.Contains(report.Told, told => told is { Action: "refund", Status: 202, OrderId: not null, Amount: 999 });
        Assert.Contains(orders, told => told is { Outcome: "confirmed", State: "Completed", Amount: 1999, Version: 2 });
    }

    [Fact]
    public async Task Whoever_has_an_account_is_there_once_and_takes_out_what_is_sold_out()
    {
        using var shop = new TinyShop { IsSoldOut = true };
        using var amal = Known("amal", shop.Clock);
        using var noor = Known("noor", shop.Clock);
        var report = await shop.RunAsync(Plan with { Callers = 3, Checkouts = 60, Journeys = Weights.Parse("buy"), Cards = Weights.Parse("success"), Accounts = [amal, noor] });
        Assert.Equal(["amal", "noor"], shop.SignedIn.Keys.Order());
        var orders = shop.SignedIn.Values.Sum();
        Assert.Equal(orders, report.SignedInOutcomes["rejected: out_of_stock"]);
        Assert.Equal(60 - orders, report.Outcomes.GetValueOrDefault("confirmed"));
        Assert.Equal(orders, shop.Requests.Count(request => request.StartsWith("DELETE ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Whoever_finds_no_account_free_is_a_guest()
    {
        using var shop = new TinyShop();
        using var amal = Known("amal", shop.Clock);
        var pool = new AccountPool([amal]);
        Assert.Same(amal, await pool.TakeAsync());
        Assert.Null(await pool.TakeAsync());
        pool.Give(amal);
        Assert.Same(amal, await pool.TakeAsync());
    }

    static Account Known(string name, TimeProvider clock) => new(new StorefrontClient(TinyShop.Plan.Store, "secret"), new Visitor(TinyShop.Plan.Store), name + "@example.com",
        JsonSerializer.SerializeToElement(new { id_token = "", access_token = name, refresh_token = "" }), clock);

    [Fact]
    public async Task A_run_in_which_nothing_was_done_says_so()
    {
        using var closed = new TinyShop { TakesOrders = false };
        using var empty = new TinyShop { HasGoods = false };
        var report = await closed.RunAsync(Plan with { Checkouts = 5 });
        Assert.True(report.IsEmpty);
        Assert.Equal(5, report.Outcomes["refused: cart.in_checkout"]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => empty.RunAsync(Plan));
        Assert.Throws<FormatException>(() => new Crowd(Plan with { Journeys = Weights.Parse("steal") }, TimeProvider.System));
        Assert.Throws<FormatException>(() => new Crowd(Plan with { Checkouts = 1, Journeys = Weights.Parse("browse") }, TimeProvider.System));
    }

    [Fact]
    public async Task The_figures_are_json()
    {
        using var shop = new TinyShop();
        var report = await shop.RunAsync(Plan with { Checkouts = 10 });
        var json = JsonDocument.Parse(report.ToSummary().ToJson()).RootElement;
        Assert.Equal(10, json.GetProperty("placed").GetInt64());
        Assert.True(json.GetProperty("actions").GetProperty("order").TryGetProperty("p99", out _));
    }
}
