using System.Net;

namespace Souk.Storefront.Tests;

/// <summary>What somebody keeps with the shop, and what of it a checkout offers.</summary>
public sealed class ProfileTests
{
    static readonly (string, string)[] Torstrasse =
        [("name", "Amal Haddad"), ("line1", "Torstraße 1"), ("postal_code", "10119"), ("city", "Berlin"), ("country", "DE"), ("default", "true")];

    [Fact]
    public async Task A_guest_is_led_to_sign_in_whatever_they_send()
    {
        await using var shop = await Shop.StartAsync();
        var shopper = shop.Shopper();
        Assert.Equal("/signin?returnUrl=%2Fprofile", (await shopper.GetAsync("/profile")).Response.Headers.Location!.OriginalString);
        Assert.Equal("/signin?returnUrl=%2Fprofile", (await shopper.GetAsync("/profile/data?export=x")).Response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_name_is_saved_and_a_form_that_is_out_of_date_says_so()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var first = await mall.SignInAsync(shopper, "/profile");
        var saved = await shopper.SubmitAsync(first, "/profile/name", ("name", "Amal <script>"));
        Assert.Contains("Saved.", saved.Text, StringComparison.Ordinal);
        Assert.Contains("Amal &lt;script&gt;", saved.Html, StringComparison.Ordinal);
        Assert.Contains("another window", (await shopper.SubmitAsync(first, "/profile/name", ("name", "Noor"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_saved_address_is_offered_at_the_checkout_and_fills_it()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var profile = await mall.SignInAsync(shopper, "/profile");
        profile = await shopper.SubmitAsync(profile, "/profile/address", Torstrasse);
        Assert.Contains("Torstraße 1", profile.Text, StringComparison.Ordinal);

        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        var checkout = WebUtility.HtmlDecode((await shopper.GetAsync("/checkout")).Html);
        foreach (var value in (string[])["value=\"Torstraße 1\"", "value=\"amal@example.com\"", "Amal Haddad, Torstraße 1, Berlin"])
        {
            Assert.Contains(value, checkout, StringComparison.Ordinal);
        }

        profile = await shopper.SubmitAsync(await shopper.GetAsync("/profile"), "/profile/remove");
        Assert.DoesNotContain("Torstraße", profile.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_Settings_down_a_checkout_is_a_form_to_fill_in_and_the_profile_says_so()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        await mall.SignInAsync(shopper);
        await shopper.SubmitAsync(await shopper.GetAsync("/product/moon-vase"), "/cart/add");
        mall.Shop.Store.Moods["settings"] = Mood.Down;
        var checkout = await shopper.GetAsync("/checkout");
        Assert.Equal(HttpStatusCode.OK, checkout.Status);
        Assert.Contains("value=\"amal@example.com\"", checkout.Html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await shopper.GetAsync("/profile")).Status);
    }

    [Fact]
    public async Task What_is_refused_is_said_and_the_rest_is_as_it_was()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var profile = await mall.SignInAsync(shopper, "/profile");
        var refused = await shopper.SubmitAsync(profile, "/profile/address", [.. Torstrasse, ("line1", "4111 1111 1111 1111")]);
        Assert.Contains("number of a payment card", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_is_collected_once_and_comes_as_a_file()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var profile = await mall.SignInAsync(shopper, "/profile");
        var collected = await shopper.SubmitAsync(profile, "/profile/export");
        Assert.Contains("Download it", collected.Text, StringComparison.Ordinal);
        var file = await shopper.GetAsync("/profile/data?export=export-1");
        Assert.Equal("attachment", file.Response.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Contains("\"of\": \"amal\"", file.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_is_erased_only_by_who_types_it()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var profile = await mall.SignInAsync(shopper, "/profile");
        Assert.Contains("Nothing was erased", (await shopper.SubmitAsync(profile, "/profile/erase", ("confirm", "yes"))).Text, StringComparison.Ordinal);
        Assert.Equal(0, mall.Shop.Store.Settings.Erasures);
        var erasing = await shopper.SubmitAsync(profile, "/profile/erase", ("confirm", "Erase"));
        Assert.Contains("We are erasing your account", erasing.Text, StringComparison.Ordinal);
        Assert.Equal(1, mall.Shop.Store.Settings.Erasures);
    }

    [Fact]
    public async Task Mails_are_chosen()
    {
        await using var mall = await Mall.OpenAsync();
        var shopper = mall.Shopper();
        var profile = await mall.SignInAsync(shopper, "/profile");
        profile = await shopper.SubmitAsync(profile, "/profile/mails", ("newsletter", "true"));
        Assert.Matches("""id="newsletter"[^>]* checked""", profile.Html);
        Assert.DoesNotMatch("""id="reminders"[^>]* checked""", profile.Html);
    }
}
