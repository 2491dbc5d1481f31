using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Souk.Acceptance;

/// <summary>A shopper's browser at a store. It hears every complaint, and looks at pages as axe does.</summary>
sealed class Browser : IAsyncDisposable
{
    readonly List<string> _complaints = [];
    readonly Store _store;
    readonly IPlaywright _playwright;
    readonly IBrowser _browser;

    Browser(Store store, IPlaywright playwright, IBrowser browser) => (_store, _playwright, _browser) = (store, playwright, browser);

    /// <summary>A violated policy, a script that threw: each is told on the browser's console.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Opens the machine's own Chromium.</summary>
    public static async Task<Browser> OpenAsync(Store store)
    {
        var playwright = await Playwright.CreateAsync();
        return new Browser(store, playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = BrowserFactAttribute.Path,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        }));
    }

    /// <summary>Somebody who has not been here before.</summary>
    public async Task<IBrowserContext> ShopperAsync(bool hasScript = true)
    {
        var shopper = await _browser.NewContextAsync(new() { BaseURL = _store.Address.ToString(), JavaScriptEnabled = hasScript });
        // Imported products keep their pictures elsewhere; no test needs the internet.
        await shopper.RouteAsync(address => new Uri(address) is { IsLoopback: false, Scheme: not "data" }, route => route.FulfillAsync(new()
        {
            ContentType = "image/svg+xml",
            Body = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"/>",
        }));
        shopper.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("503", StringComparison.Ordinal)) _complaints.Add(message.Text);
        };
        shopper.WebError += (_, error) => _complaints.Add(error.Error);
        return shopper;
    }

    /// <summary>Nothing on the page is a serious hindrance to anybody.</summary>
    public static async Task AccessibleAsync(IPage page)
    {
        var result = await page.RunAxe();
        var serious = result.Violations.Where(v => v.Impact is "serious" or "critical").ToList();
        Assert.True(serious.Count == 0, string.Join('\n', serious.Select(v => $"{page.Url}: {v.Id} {v.Help} {v.Nodes.First().Html}")));
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
