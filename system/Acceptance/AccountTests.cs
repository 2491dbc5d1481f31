using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Souk.Acceptance;

/// <summary>Somebody with an account, in a real browser, at a store of real processes.</summary>
[Collection(nameof(OpenStore))]
public sealed partial class AccountTests(Store store) : IAsyncLifetime
{
    const string Password = "three green camels at noon";

    Browser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        if (BrowserFactAttribute.Path is null) return;
        Assertions.SetDefaultExpectTimeout(20_000);
        _browser = await Browser.OpenAsync(store);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
    }

    [BrowserFact]
    public async Task Register_confirm_take_the_cart_along_order_find_it_again_and_sign_out_everywhere()
    {
        var email = "journey@example.com";
        var page = await (await _browser.ShopperAsync()).NewPageAsync();
        await page.GotoAsync("/search?q=mug");
        await page.Locator(".cards").GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync();
        await Assertions.Expect(page.Locator(".bag-count")).ToHaveTextAsync("1");

        await RegisterAsync(page, email);
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.Locator(".own summary")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".bag-count")).ToHaveTextAsync("1");
        await Browser.AccessibleAsync(page);
        Assert.DoesNotContain(await page.Context.CookiesAsync(), cookie => cookie.Name.EndsWith("souk-cart", StringComparison.Ordinal));

        await page.GotoAsync("/checkout");
        await Assertions.Expect(page.GetByLabel("Email")).ToHaveValueAsync(email);
        await CheckoutTests.ToReviewAsync(page, CheckoutTests.GoodCard);
        await CheckoutTests.PlaceButton(page).ClickAsync();
        await CheckoutTests.SeesAsync(page, CheckoutTests.Confirmed);
        var (id, number) = await CheckoutTests.OrderOfAsync(page);
        await page.GotoAsync("/orders");
        await Assertions.Expect(page.GetByText("Order " + number)).ToBeVisibleAsync();
        await Browser.AccessibleAsync(page);

        // It is theirs: its address alone shows it to nobody else any more.
        var stranger = await (await _browser.ShopperAsync()).NewPageAsync();
        Assert.Equal(404, (await stranger.GotoAsync("/order/" + id))!.Status);

        var elsewhere = await (await _browser.ShopperAsync()).NewPageAsync();
        await SignInAsync(elsewhere, email);
        await elsewhere.GotoAsync("/orders");
        await Assertions.Expect(elsewhere.GetByText("Order " + number)).ToBeVisibleAsync();

        await page.GotoAsync("/account");
        await Browser.AccessibleAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "You are signed out");
        foreach (var one in (IPage[])[page, elsewhere])
        {
            await Eventually.HoldsAsync("a guest within five seconds", async () =>
            {
                await one.GotoAsync("/");
                return await one.Locator(".own-in").IsVisibleAsync();
            }, TimeSpan.FromSeconds(5));
        }
        Assert.All(_browser.Complaints, complaint => Assert.Contains("404", complaint, StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task A_passkey_is_made_and_signs_in_without_a_password()
    {
        var email = "passkey@example.com";
        var page = await (await _browser.ShopperAsync()).NewPageAsync();
        await GiveAuthenticatorAsync(page);
        await RegisterAsync(page, email);
        await page.GotoAsync("/account/security");
        await Browser.AccessibleAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey on this device" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Remove" })).ToBeVisibleAsync();

        await page.GotoAsync("/account");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "You are signed out");
        await page.GotoAsync("/signin?returnUrl=%2Forders");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "Your orders");
        Assert.Empty(_browser.Complaints);
    }

    [BrowserFact]
    public async Task One_of_staff_comes_in_with_a_passkey_alone_and_what_they_do_is_known_by_their_name()
    {
        var email = "staff@example.com";
        var page = await (await _browser.ShopperAsync()).NewPageAsync();
        await GiveAuthenticatorAsync(page);
        await RegisterAsync(page, email);
        await page.GotoAsync("/staff");
        await Assertions.Expect(page.Locator(".notice")).ToContainTextAsync("not one of staff");

        await store.RunAsync("staff", "add", email);
        await page.GotoAsync("/staff");
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey on this device" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "Overview");
        await Browser.AccessibleAsync(page);

        await page.GotoAsync("/staff/stock/item?sku=TRP-MUG-INDIGO");
        await Browser.AccessibleAsync(page);
        await page.GetByLabel("Pieces that have come in").FillAsync("7");
        await page.GetByLabel("With what, such as a delivery note’s number").FillAsync("note 4711");
        await page.GetByRole(AriaRole.Button, new() { Name = "Receive" }).ClickAsync();
        await Assertions.Expect(page.GetByText("note 4711").First).ToBeVisibleAsync();

        var shopper = await (await _browser.ShopperAsync()).NewPageAsync();
        await shopper.GotoAsync("/search?q=mug");
        await shopper.Locator(".cards").GetByRole(AriaRole.Link).First.ClickAsync();
        await shopper.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync();
        await Assertions.Expect(shopper.Locator(".bag-count")).ToHaveTextAsync("1");
        await CheckoutTests.ToReviewAsync(shopper, CheckoutTests.GoodCard);
        await CheckoutTests.PlaceButton(shopper).ClickAsync();
        await CheckoutTests.SeesAsync(shopper, CheckoutTests.Confirmed);
        var (id, _) = await CheckoutTests.OrderOfAsync(shopper);

        await page.GotoAsync("/staff/orders/" + id);
        await Assertions.Expect(page.GetByLabel("All that is left")).ToBeVisibleAsync();
        await Browser.AccessibleAsync(page);
        await page.GetByLabel("All that is left").CheckAsync();
        await page.GetByLabel("Why; the customer reads it").FillAsync("It came broken");
        await page.GetByRole(AriaRole.Button, new() { Name = "Refund" }).DblClickAsync();
        await CheckoutTests.SeesAsync(shopper, "This order was refunded");
        await page.ReloadAsync();
        var done = page.Locator("section", new() { HasText = "What staff did" });
        await Assertions.Expect(done.Locator("li")).ToHaveCountAsync(1);
        Assert.Empty(_browser.Complaints);
    }

    static async Task GiveAuthenticatorAsync(IPage page)
    {
        var devices = await page.Context.NewCDPSessionAsync(page);
        await devices.SendAsync("WebAuthn.enable");
        await devices.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
    }

    /// <summary>Makes an account, by the link that comes in the mail; the browser is signed in at Login then.</summary>
    async Task RegisterAsync(IPage page, string email)
    {
        await page.GotoAsync("/signin?returnUrl=%2F");
        await Browser.AccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Make an account" }).ClickAsync();
        await Browser.AccessibleAsync(page);
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make an account" }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "Look into your mail");
        string? link = null;
        await Eventually.HoldsAsync("the mail has come", () => (link = LinkTo(email)) is not null);
        await page.GotoAsync(link!);
        await Browser.AccessibleAsync(page);
        await page.GetByLabel("The password that you chose").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await CheckoutTests.SeesAsync(page, "Your account");
    }

    static async Task SignInAsync(IPage page, string email)
    {
        await page.GotoAsync("/signin?returnUrl=%2F");
        await page.GetByLabel("E-mail").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".own summary")).ToBeVisibleAsync();
    }

    /// <summary>The link in the mail to somebody; null: there is none yet.</summary>
    string? LinkTo(string email)
    {
        var folder = Path.Combine(store.FolderOf("notifications"), "mails");
        return !Directory.Exists(folder) ? null : Directory.GetFiles(folder, "*.eml").Select(File.ReadAllText)
            .Where(mail => mail.Contains(email, StringComparison.Ordinal))
            .Select(mail => ConfirmLink().Match(mail.Replace("=\r\n", "", StringComparison.Ordinal).Replace("=\n", "", StringComparison.Ordinal)
                .Replace("=3D", "=", StringComparison.Ordinal)))
            .FirstOrDefault(match => match.Success)?.Value;
    }

    [GeneratedRegex("http://localhost:[0-9]+/account/confirm\\?token=[A-Za-z0-9_-]+")]
    private static partial Regex ConfirmLink();
}
