namespace Souk.Load;

/// <summary>What a run of the generator is: whom it meets, how many come, and what they do.</summary>
/// <param name="Store">The gateway's address.</param>
public sealed record LoadPlan(Uri Store)
{
    /// <summary>The open loop: so many shoppers a second arrive on average, whether those before them are served or not. Default: 10.</summary>
    public double Rate { get; init; } = 10;

    /// <summary>The closed loop, for benchmarks: so many callers, each begins when it has finished. 0 (the default): the open loop.</summary>
    public int Callers { get; init; }

    /// <summary>How long shoppers arrive; those who are there may finish. Default: until the checkouts are used up, or stopped.</summary>
    public TimeSpan? Length { get; init; }

    /// <summary>After so many checkouts nobody begins another. Default: no limit.</summary>
    public long? Checkouts { get; init; }

    /// <summary>The same seed gives the same shoppers, arrivals and wishes; the store's answers are its own. Default: 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What shoppers come for: <see cref="Journeys"/>.</summary>
    public Weights Journeys { get; init; } = Load.Journeys.Default;

    /// <summary>What they pay with: the sandbox's tokens without their <c>pm_card_</c>.</summary>
    public Weights Cards { get; init; } = Weights.Parse("success=90,declined=3,insufficient_funds=1,3ds=3,timeout_after=2,timeout_before=1");

    /// <summary>How often a POST is sent again under its key, as an impatient client does; half of those at once. Default: 0.05.</summary>
    public double RepeatChance { get; init; } = 0.05;

    /// <summary>Whether they look at the catalogue's API instead of the storefront's pages. Default: no.</summary>
    public bool UsesApi { get; init; }

    /// <summary>How long a shopper waits for an order to be decided. Default: 60 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whoever fills a cart borrows one of these, while there is one that nobody else has, and is a guest otherwise. Default: all are guests.
    /// </summary>
    public IReadOnlyList<Account> Accounts { get; init; } = [];

    /// <summary>How a member of staff refunds: Ordering's own address and a token for it. Null: nobody returns anything.</summary>
    public Func<(Uri Ordering, string Token)?>? Staff { get; init; }

    /// <summary>What carries the calls. Default: sockets.</summary>
    public HttpMessageHandler? Network { get; init; }
}

/// <summary>What a shopper may come for.</summary>
public static class Journeys
{
    /// <summary>Home, a category, some products.</summary>
    public const string Browse = "browse";

    /// <summary>A search, and one of what it might have found.</summary>
    public const string Search = "search";

    /// <summary>Fills a cart and leaves.</summary>
    public const string Cart = "cart";

    /// <summary>Fills a cart, has it quoted, orders, and waits until the order is decided.</summary>
    public const string Buy = "buy";

    /// <summary>Buys, and tries to cancel at once.</summary>
    public const string Cancel = "cancel";

    /// <summary>Buys, and gives a piece back.</summary>
    public const string Return = "return";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Browse, Search, Cart, Buy, Cancel, Return];

    /// <summary>What a shop sees: most look, some buy.</summary>
    public static readonly Weights Default = Weights.Parse("browse=45,search=15,cart=10,buy=26,cancel=2,return=2");

    /// <summary>Whether it ends in a checkout.</summary>
    public static bool ChecksOut(string journey) => journey is Buy or Cancel or Return;
}

/// <summary>Names with their shares: <c>browse=60,buy=40</c>.</summary>
public sealed class Weights
{
    readonly (string Name, double Upto)[] _steps;

    Weights(List<(string Name, double Weight)> parts)
    {
        var sum = 0.0;
        _steps = [.. parts.Select(part => (part.Name, sum += part.Weight))];
        Names = [.. parts.Where(part => part.Weight > 0).Select(part => part.Name)];
    }

    /// <summary>Those that have a share.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads shares; a name alone has a share of 1.</summary>
    /// <exception cref="FormatException">Says what is wrong with the text.</exception>
    public static Weights Parse(string text)
    {
        var parts = new List<(string, double)>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, weight) = part.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Trim()) : (part, "1");
            if (name.Length == 0 || !double.TryParse(weight, System.Globalization.CultureInfo.InvariantCulture, out var share) || share is not (>= 0 and < 1e9))
            {
                throw new FormatException($"'{part}' is no name with a weight, such as buy=20.");
            }
            parts.Add((name, share));
        }
        var weights = new Weights(parts);
        return weights.Names.Count > 0 ? weights : throw new FormatException("There is no weight above 0.");
    }

    /// <summary>One of the names.</summary>
    /// <param name="chance">In [0, 1).</param>
    public string Pick(double chance)
    {
        var at = chance * _steps[^1].Upto;
        foreach (var (name, upto) in _steps)
        {
            if (at < upto) return name;
        }
        return Names[^1];
    }
}
