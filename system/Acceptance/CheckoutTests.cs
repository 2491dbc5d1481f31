using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Souk.Acceptance;

/// <summary>A shopper in a real browser buys at a store of real processes, at the pages of the provider that comes with it.</summary>
[Collection(nameof(OpenStore))]
public sealed partial class CheckoutTests(Store store) : IAsyncLifetime
{
    internal const string Confirmed = "Thank you. Your order is confirmed";
    const string Declined = "Your card was declined";
    const string BankAsks = "Your bank wants to hear from you";
    const string Email = "amal@example.com";

    internal const string GoodCard = "4242 4242 4242 4242";
    const string DeclinedCard = "4000 0000 0000 0002";
    const string AskedForCard = "4000 0000 0000 3220";
    const string AnswerLostCard = "4000 0000 0000 0259";

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
    public async Task A_double_click_buys_once_and_the_order_is_found_by_page_by_mail_and_by_number()
    {
        var page = await ShopperWithCartAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Check out" }).ClickAsync();
        await Browser.AccessibleAsync(page);
        await FillAddressAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay at the provider’s page" }).ClickAsync();
        await Browser.AccessibleAsync(page);
        await EnterCardAsync(page, GoodCard);
        await SeesAsync(page, "Review your order");
        await Browser.AccessibleAsync(page);

        var before = await OrdersAsync();
        await PlaceButton(page).DblClickAsync();
        await SeesAsync(page, Confirmed);
        await Browser.AccessibleAsync(page);
        await page.ReloadAsync();
        await SeesAsync(page, Confirmed);
        Assert.Equal(before + 1, await OrdersAsync());
        await Eventually.HoldsAsync("what was bought has left the cart", async () =>
        {
            await page.ReloadAsync();
            return await page.Locator(".bag-count").TextContentAsync() == "0";
        });

        var (id, number) = await OrderOfAsync(page);
        await Eventually.HoldsAsync("one mail has gone out", () => Mails(id) is [var mail] && File.ReadAllText(mail) is var text
            && text.Contains(number, StringComparison.Ordinal) && text.Contains(Email, StringComparison.Ordinal));

        // From another browser: by number and address, and with nothing else.
        var elsewhere = await (await _browser.ShopperAsync()).NewPageAsync();
        await elsewhere.GotoAsync("/orders/find");
        await Browser.AccessibleAsync(elsewhere);
        await FindAsync(elsewhere, number, "somebody.else@example.com");
        await Assertions.Expect(elsewhere.Locator(".notice")).ToContainTextAsync("We find no order");
        await Browser.AccessibleAsync(elsewhere);
        await FindAsync(elsewhere, number.ToLowerInvariant(), Email);
        await SeesAsync(elsewhere, Confirmed);
        Assert.Contains(id, elsewhere.Url, StringComparison.Ordinal);
        Assert.Empty(_browser.Complaints);
    }

    [BrowserFact]
    public async Task Without_a_script_both_clicks_are_sent_and_it_is_one_order_all_the_same()
    {
        var page = await ShopperWithCartAsync(hasScript: false);
        await ToReviewAsync(page, GoodCard);
        var before = await OrdersAsync();
        await PlaceButton(page).DblClickAsync();
        await SeesAsync(page, Confirmed);
        Assert.Equal(before + 1, await OrdersAsync());
        Assert.Empty(_browser.Complaints);
    }

    [BrowserFact]
    public async Task A_declined_card_is_told_and_another_one_pays_for_the_same_order()
    {
        var page = await ShopperWithCartAsync();
        await ToReviewAsync(page, DeclinedCard);
        await PlaceButton(page).ClickAsync();
        await SeesAsync(page, Declined);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Nothing was charged");
        await Browser.AccessibleAsync(page);
        var (id, _) = await OrderOfAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Pay with another card" }).ClickAsync();
        await EnterCardAsync(page, "1234");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("12 to 19 digits");
        await Browser.AccessibleAsync(page);
        await EnterCardAsync(page, GoodCard);
        await SeesAsync(page, Confirmed);
        Assert.Contains(id, page.Url, StringComparison.Ordinal);
        var payment = await PaymentAsync(id);
        Assert.Equal(2, payment.GetProperty("attempt").GetInt32());
        // Chromium calls the provider's 422, the page with what is wrong, an error; it is the only one.
        Assert.All(_browser.Complaints, complaint => Assert.Contains("422", complaint, StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task The_bank_asks_and_is_told_yes_or_no_or_nothing()
    {
        var page = await ShopperWithCartAsync();
        await ToReviewAsync(page, AskedForCard);
        await PlaceButton(page).ClickAsync();
        await SeesAsync(page, BankAsks);
        await Browser.AccessibleAsync(page);

        // Nothing: whoever will not wait cancels, and nobody was charged.
        await CancelAsync(page);
        await Browser.AccessibleAsync(page);
        Assert.Equal("voided", (await PaymentAsync((await OrderOfAsync(page)).Id)).GetProperty("state").GetString());

        // No: that is a decline. The cart is as it was, and the address is still known.
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to your cart" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Check out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay at the provider’s page" }).ClickAsync();
        await EnterCardAsync(page, AskedForCard);
        await PlaceButton(page).ClickAsync();
        await SeesAsync(page, BankAsks);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to your bank" }).ClickAsync();
        await SeesAsync(page, "Is this you?");
        await Browser.AccessibleAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Refuse it" }).ClickAsync();
        await SeesAsync(page, Declined);

        // Yes.
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay with another card" }).ClickAsync();
        await EnterCardAsync(page, AskedForCard);
        await SeesAsync(page, BankAsks);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go to your bank" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve the payment" }).ClickAsync();
        await SeesAsync(page, Confirmed);
        Assert.Empty(_browser.Complaints);
    }

    [BrowserFact]
    public async Task A_payment_whose_answer_is_lost_is_called_neither_paid_nor_declined_and_settles_by_itself()
    {
        var page = await ShopperWithCartAsync();
        await ToReviewAsync(page, AnswerLostCard);
        try
        {
            await store.TurnAsync(new { webhookLost = 1 });
            await PlaceButton(page).ClickAsync();
            // Looked at again and again: WaitForURLAsync can miss the load that it waits for (microsoft/playwright-dotnet#3364).
            await Assertions.Expect(page).ToHaveURLAsync(OrderPage(), new() { Timeout = 30_000 });
            await Assertions.Expect(page.Locator("h1")).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator("h1")).Not.ToHaveTextAsync(Confirmed);
            // The money has moved; from here on the provider cannot even be asked.
            await store.TurnAsync(new { webhookLost = 1, isDown = true });
            await SeesAsync(page, "We are still hearing from the payment provider");
            await Assertions.Expect(page.Locator("main")).ToContainTextAsync("you will not be charged twice");
            await Browser.AccessibleAsync(page);
        }
        finally
        {
            await store.TurnAsync(new { });
        }
        await SeesAsync(page, Confirmed, TimeSpan.FromSeconds(60));
        var (id, _) = await OrderOfAsync(page);
        await Eventually.HoldsAsync("it was paid once, with the first try", async () => await PaymentAsync(id) is var payment
            && payment.GetProperty("attempt").GetInt32() == 1
            && payment.GetProperty("captured").GetInt64() == payment.GetProperty("amount").GetProperty("amount").GetInt64());
        Assert.Empty(_browser.Complaints);
    }

    [GeneratedRegex("/order/[^/]+$")]
    private static partial Regex OrderPage();

    internal static Task SeesAsync(IPage page, string heading, TimeSpan? bound = null) => Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 }).First)
        .ToHaveTextAsync(heading, new() { Timeout = (float?)bound?.TotalMilliseconds });

    internal static ILocator PlaceButton(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Place order and pay" });

    async Task<IPage> ShopperWithCartAsync(bool hasScript = true)
    {
        var page = await (await _browser.ShopperAsync(hasScript)).NewPageAsync();
        await page.GotoAsync("/search?q=mug");
        await page.Locator(".cards").GetByRole(AriaRole.Link).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add to cart" }).ClickAsync();
        await Assertions.Expect(page.Locator(".bag-count")).ToHaveTextAsync("1");
        await page.GotoAsync("/cart");
        return page;
    }

    internal static async Task ToReviewAsync(IPage page, string card)
    {
        await page.GotoAsync("/checkout");
        await FillAddressAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Pay at the provider’s page" }).ClickAsync();
        await EnterCardAsync(page, card);
        await SeesAsync(page, "Review your order");
    }

    internal static async Task FillAddressAsync(IPage page)
    {
        await page.GetByLabel("Email").FillAsync(Email);
        await page.GetByLabel("Full name").FillAsync("Amal Haddad");
        await page.GetByLabel("Street and number").FillAsync("Rosenweg 7");
        await page.GetByLabel("Postal code").FillAsync("10115");
        await page.GetByLabel("Town or city").FillAsync("Berlin");
    }

    internal static async Task EnterCardAsync(IPage page, string number)
    {
        await page.GetByLabel("Card number").FillAsync(number);
        await page.GetByLabel("Expiry date").FillAsync("12/49");
        await page.GetByLabel("Security code").FillAsync("123");
        await page.GetByLabel("Name on the card").FillAsync("Amal Haddad");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use this card" }).ClickAsync();
    }

    static async Task CancelAsync(IPage page)
    {
        await page.GetByText("Cancel this order").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel it" }).ClickAsync();
        await SeesAsync(page, "This order is cancelled");
    }

    static async Task FindAsync(IPage page, string number, string email)
    {
        await page.GetByLabel("Order number").FillAsync(number);
        await page.GetByLabel("Email it was ordered with").FillAsync(email);
        await page.GetByRole(AriaRole.Button, new() { Name = "Find it" }).ClickAsync();
    }

    internal static async Task<(string Id, string Number)> OrderOfAsync(IPage page) =>
        (new Uri(page.Url).Segments[2].TrimEnd('/'), (await page.Locator(".told-number strong").TextContentAsync())!);

    async Task<int> OrdersAsync()
    {
        using var ordering = await store.ClientOfAsync("ordering");
        var orders = await ordering.GetFromJsonAsync<JsonElement>("/internal/orders?limit=500");
        return orders.GetProperty("items").GetArrayLength();
    }

    async Task<JsonElement> PaymentAsync(string order)
    {
        using var payment = await store.ClientOfAsync("payment");
        return await payment.GetFromJsonAsync<JsonElement>($"/internal/payments/{order}");
    }

    string[] Mails(string order) => Directory.GetFiles(Path.Combine(store.FolderOf("notifications"), "mails"), order + "*.eml");
}
