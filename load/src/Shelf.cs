using System.Globalization;
using System.Text.Json;

namespace Souk.Load;

/// <summary>What there is to look for, as the store's own catalogue says before the run.</summary>
sealed record Shelf(IReadOnlyList<string> Categories, IReadOnlyList<string> Products, IReadOnlyList<string> Skus, IReadOnlyList<string> Words)
{
    const int PagesMax = 10;
    const int PageSize = 50;

    // A store whose catalogue is being restarted has one in a moment.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <exception cref="InvalidOperationException">The store does not answer, or has nothing on its shelves.</exception>
    public static async Task<Shelf> ReadAsync(LoadPlan plan, TimeProvider clock, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await TryReadAsync(plan, cancellation);
            }
            catch (Exception error) when (error is HttpRequestException or JsonException or KeyNotFoundException)
            {
                if (clock.GetElapsedTime(began) >= Patience) throw new InvalidOperationException($"The store at {plan.Store} shows no catalogue: {error.Message}", error);
            }
            await Task.Delay(Pause, clock, cancellation);
        }
    }

    static async Task<Shelf> TryReadAsync(LoadPlan plan, CancellationToken cancellation)
    {
        using var http = new HttpClient(plan.Network ?? new SocketsHttpHandler { UseProxy = false }, disposeHandler: plan.Network is null) { BaseAddress = plan.Store };
        var (products, skus, words) = (new List<string>(), new List<string>(), new SortedSet<string>(StringComparer.Ordinal));
        for (var page = 1; page <= PagesMax; page++)
        {
            var items = await ItemsAsync(http, $"/api/catalog/products?page={page.ToString(CultureInfo.InvariantCulture)}&pageSize={PageSize}", cancellation);
            foreach (var item in items)
            {
                products.Add(item.GetProperty("handle").GetString()!);
                skus.AddRange(item.GetProperty("skus").EnumerateArray().Select(sku => sku.GetString()!));
                words.UnionWith(item.GetProperty("title").GetString()!.Split(' ').Where(word => word.Length > 3 && word.All(char.IsAsciiLetter)));
            }
            if (items.Count < PageSize) break;
        }
        var categories = await ItemsAsync(http, "/api/catalog/categories", cancellation);
        if (skus.Count == 0) throw new InvalidOperationException("The store has nothing on its shelves.");
        return new Shelf([.. categories.Select(category => category.GetProperty("slug").GetString()!)], products, skus, words.Count > 0 ? [.. words] : ["mug"]);
    }

    static async Task<List<JsonElement>> ItemsAsync(HttpClient http, string address, CancellationToken cancellation)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync(address, cancellation));
        return [.. document.RootElement.Clone().GetProperty("items").EnumerateArray()];
    }
}
