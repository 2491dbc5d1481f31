using Souk.Launcher.Control;
using Souk.Launcher.Identity;
using Souk.Launcher.Processes;
using Souk.Launcher.Up;
using Souk.Load;
using Spectre.Console;

namespace Souk.Launcher.Shop;

/// <summary>What `souk shop` was asked for, as it was typed.</summary>
sealed record ShopWish(
    string? Store, double Rate, string? For, int Callers, long? Checkouts, int Seed, string? Mix, string? Cards, int Accounts, bool Api, string? Record, bool Json);

/// <summary>`souk shop`: shoppers at the running store, and what they have seen; exit code 1 when nothing was done.</summary>
sealed class ShopCommand(DataFolder data, TimeProvider clock)
{
    public async Task<int> RunAsync(ShopWish wish, CancellationToken stop)
    {
        using var identity = Directory.Exists(data.Keys) ? LauncherIdentity.Open(data.Keys, clock) : null;
        var plan = PlanOf(wish, identity);
        using var signals = new StopSignals(clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, signals.Stop);
        using var people = await Registration.OfAsync(wish.Accounts, plan.Store, data, clock, either.Token);
        var crowd = CrowdOf(plan with { Accounts = people.Accounts });
        var report = await WatchAsync(crowd, isQuiet: wish.Json || Console.IsOutputRedirected, either.Token);
        if (wish.Record is { } file)
            await Told.WriteAsync(report.Told, file, CancellationToken.None);
        if (wish.Json)
            Console.WriteLine(report.ToSummary().ToJson());
        else
            ShopTable.Show(report.ToSummary());
        return report.IsEmpty ? 1 : 0;
    }

    LoadPlan PlanOf(ShopWish wish, LauncherIdentity? identity)
    {
        if (wish.Rate is not (> 0 and <= 100_000))
            throw new Trouble($"--rate {wish.Rate} is no number of shoppers a second.", "Give one above 0, such as --rate 20.");
        if (wish.Callers < 0 || wish.Checkouts is <= 0)
            throw new Trouble("--callers and --checkouts are counts.", "Give whole numbers from 1.");
        var address = wish.Store ?? RunLock.Holder(data)?.Address
            ?? throw new Trouble($"No store runs on {data.Root}.", "Start it with `dotnet run --project souk`, or name one with --store URL.");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var store) || store.Scheme is not ("http" or "https"))
            throw new Trouble($"--store {address} is no address.", "Write it whole, such as --store http://localhost:8080.");
        var plan = new LoadPlan(store)
        {
            Rate = wish.Rate,
            Callers = wish.Callers,
            Length = Length(wish),
            Checkouts = wish.Checkouts,
            Seed = wish.Seed,
            UsesApi = wish.Api,
            Staff = identity is null ? null : () => EndpointFile.AddressOf("ordering", data.Endpoints) is { } ordering
                ? (ordering, identity.TokenFor("ordering")) : null,
        };
        return plan with
        {
            Journeys = wish.Mix is { } mix ? Read("--mix", mix) : plan.Journeys,
            Cards = wish.Cards is { } cards ? Read("--cards", cards) : plan.Cards,
        };
    }

    /// <summary>Half a minute, unless a number of checkouts says when it is enough.</summary>
    static TimeSpan? Length(ShopWish wish) => wish.For is { } text
        ? ReadLength(text) ?? throw new Trouble($"--for {text} is no length of time.", "Write 30s, 5m or 1h.")
        : wish.Checkouts is null ? TimeSpan.FromSeconds(30) : null;

    static TimeSpan? ReadLength(string text)
    {
        var (number, unit) = text.Length > 0 && char.IsAsciiLetter(text[^1]) ? (text[..^1], text[^1]) : (text, 's');
        return double.TryParse(number, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is > 0 and < 1e6
            ? unit switch { 's' => TimeSpan.FromSeconds(count), 'm' => TimeSpan.FromMinutes(count), 'h' => TimeSpan.FromHours(count), _ => null }
            : null;
    }

    static Weights Read(string option, string text)
    {
        try
        {
            return Weights.Parse(text);
        }
        catch (FormatException error)
        {
            throw new Trouble($"{option}: {error.Message}", $"Write names with weights, such as {(option == "--mix" ? "browse=60,buy=40" : "success=95,declined=5")}.");
        }
    }

    Crowd CrowdOf(LoadPlan plan)
    {
        try
        {
            return new Crowd(plan, clock);
        }
        catch (FormatException error)
        {
            throw new Trouble(error.Message, "See souk shop --help.");
        }
    }

    async Task<Report> WatchAsync(Crowd crowd, bool isQuiet, CancellationToken stop)
    {
        try
        {
            return isQuiet
                ? await crowd.RunAsync(stop)
                : await AnsiConsole.Status().StartAsync("Looking at the shelves …", async screen =>
                {
                    var run = crowd.RunAsync(stop);
                    while (!run.IsCompleted)
                    {
                        await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(250), clock, CancellationToken.None));
                        screen.Status($"{crowd.Report.Shoppers} shoppers, {crowd.Report.Finished} served, {crowd.Report.Placed} orders · Ctrl-C ends it");
                    }
                    return await run;
                });
        }
        catch (InvalidOperationException error)
        {
            throw new Trouble(error.Message, "See `souk status`, and `souk import` for a catalogue.");
        }
    }
}
