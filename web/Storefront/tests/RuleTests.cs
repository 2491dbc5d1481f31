using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Storefront.Tests;

/// <summary>The pure rules of the shop, and the one that counts time.</summary>
public sealed class RuleTests
{
    [Theory]
    [InlineData(1999, "EUR", "€19.99"), InlineData(123456789, "EUR", "€1,234,567.89"), InlineData(0, "EUR", "€0.00"), InlineData(5, "USD", "$0.05")]
    [InlineData(1999, "JPY", "¥1,999"), InlineData(1999, "KWD", "1.999\u00a0KWD"), InlineData(1999, "CHF", "19.99\u00a0CHF"), InlineData(-250, "GBP", "−£2.50")]
    public void Money_is_written_as_its_currency_is(long amount, string currency, string text) =>
        Assert.Equal(text, new Money(amount, currency).ToString());

    [Theory]
    [InlineData("19.99", "EUR", 1999L), InlineData("19,5", "EUR", 1950L), InlineData(" 20 ", "EUR", 2000L), InlineData("20", "JPY", 20L)]
    [InlineData("-1", "EUR", null), InlineData("1e9", "EUR", null), InlineData("ten", "EUR", null), InlineData("", "EUR", null), InlineData("99999999999999", "EUR", null)]
    public void An_amount_is_read_as_people_type_it(string text, string currency, long? amount) => Assert.Equal(amount, Money.Parse(text, currency));

    [Theory]
    [InlineData("?q=mug", "?query=mug&page=1&pageSize=24")]
    [InlineData("?q=%20a%26b%20&category=A&category=B&category=A&tag=x", "?query=a%26b&category=A&category=B&tag=x&page=1&pageSize=24")]
    [InlineData("?min=10&max=20.5&sort=-price&page=3", "?minPrice=1000&maxPrice=2050&sort=-price&page=3&pageSize=24")]
    [InlineData("?min=20&max=10", "?minPrice=1000&maxPrice=2000&page=1&pageSize=24")]
    [InlineData("?min=x&sort=bogus&page=0", "?page=1&pageSize=24")]
    public void What_makes_no_sense_in_an_address_is_left_out(string page, string api) => Assert.Equal(api, Read(page).ToApi());

    [Theory]
    [InlineData("noor@example.com", true), InlineData("a.b+c@x.y.example", true), InlineData("noor", false), InlineData("noor@example", false), InlineData("@example.com", false)]
    [InlineData("a@b@c.example", false), InlineData("noor@example.com.", false), InlineData("a b@example.com", false), InlineData("a@example.com,b@example.com", false), InlineData("", false)]
    public void An_email_address_is_one_that_mail_can_be_sent_to(string email, bool isOne) =>
        Assert.Equal(isOne, !Field.Wrong(new Draft { Key = "k", Ticket = "t", CartId = "c", Typed = new Dictionary<string, string> { ["email"] = email } }).ContainsKey("email"));

    [Fact]
    public void What_is_typed_is_kept_as_one_line_and_no_letter_is_cut_in_half()
    {
        Assert.Equal("Noor  Haddad", Field.Addressee[0].Clean(" Noor\r\nHaddad "));
        var cut = Field.Addressee[0].Clean(new string('a', 79) + "😀😀");
        Assert.Equal(79, cut.Length);
    }

    [Fact]
    public void Every_country_has_a_name_and_is_there_once()
    {
        Assert.Equal(246, Countries.All.Count);
        Assert.All(Countries.All, country => Assert.True(country is { Code.Length: 2, Name.Length: > 3 } && country.Code.All(char.IsAsciiLetterUpper), country.ToString()));
    }

    [Theory, InlineData(""), InlineData("?q=mug&category=A%20%26%20B&vendor=V&tag=t&min=10&max=20.50&sort=price&page=2")]
    public void A_filter_survives_the_address_bar(string address) => Assert.Equal(address, Read(address).ToPage());

    [Fact]
    public void A_choice_keeps_the_other_options_where_such_a_variant_exists()
    {
        var product = new Product
        {
            Handle = "h",
            Title = "t",
            Options = [new("Size", ["S", "L"]), new("Colour", ["Red", "Blue"])],
            Variants = [Variant("SR", "S", "Red"), Variant("LR", "L", "Red"), Variant("LB", "L", "Blue")],
        };
        var choices = Choice.From(product, product.Variants[0]);
        Assert.Equal([("S", "SR", true, true), ("L", "LR", false, true)], Rows(choices[0]));
        Assert.Equal([("Red", "SR", true, true), ("Blue", "LB", false, false)], Rows(choices[1]));
    }

    [Theory]
    [InlineData("/api/catalog/images/a.svg", "/api/catalog/images/a.svg"), InlineData("https://x.example/a.jpg", "https://x.example/a.jpg")]
    [InlineData("http://x.example/a.jpg", "https://x.example/a.jpg"), InlineData("//x.example/a.jpg", "https://x.example/a.jpg")]
    [InlineData("javascript:alert(1)", null), InlineData("data:image/png;base64,x", null), InlineData("", null), InlineData(null, null)]
    public void A_picture_is_of_this_site_or_over_https(string? source, string? shown) => Assert.Equal(shown, new Picture(source, null).Safe);

    [Fact]
    public async Task A_part_is_waited_for_as_long_as_its_budget_and_no_longer()
    {
        var clock = new FakeTimeProvider();
        var parts = new Parts(clock, NullLogger<Parts>.Instance);
        var late = parts.FetchAsync("late", TimeSpan.FromMilliseconds(300), async cancellation =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation);
            return 1;
        }, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(late.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False((await late).IsOk);
    }

    [Fact]
    public async Task A_part_that_ignores_its_budget_is_left_behind()
    {
        var clock = new FakeTimeProvider();
        var parts = new Parts(clock, NullLogger<Parts>.Instance);
        var late = parts.FetchAsync("deaf", TimeSpan.FromMilliseconds(300), _ => new TaskCompletionSource<int>().Task, TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromMilliseconds(300));
        Assert.False((await late).IsOk);
    }

    [Fact]
    public async Task A_bug_of_our_own_is_no_missing_part() => await Assert.ThrowsAsync<InvalidOperationException>(() =>
        new Parts(TimeProvider.System, NullLogger<Parts>.Instance).FetchAsync<int>("bug", TimeSpan.FromSeconds(1), _ => throw new InvalidOperationException()));

    [Fact]
    public void The_standard_budgets_leave_a_page_within_a_second()
    {
        var budgets = new Budgets();
        // The longest chain of a page: the product, then its stock.
        Assert.True(budgets.Catalog + budgets.Inventory <= TimeSpan.FromMilliseconds(800));
        Assert.True(budgets.Cart + budgets.Inventory <= TimeSpan.FromMilliseconds(800));
        Assert.True(budgets.CartChange <= TimeSpan.FromMilliseconds(800));
        // The order that was placed last, then the quote: only where a checkout begins anew.
        Assert.True(budgets.Order + budgets.Quote <= TimeSpan.FromSeconds(1));
    }

    static Filter Read(string address) => Filter.Read(new QueryCollection(QueryHelpers.ParseQuery(address)), "EUR");

    static Variant Variant(string sku, string size, string colour) => new()
    {
        Sku = sku,
        Price = new Money(100, "EUR"),
        Options = [new("Size", size), new("Colour", colour)],
    };

    static IEnumerable<(string, string, bool, bool)> Rows(Choice choice) =>
        choice.Values.Select(value => (value.Value, value.Sku, value.IsChosen, value.IsExact));
}
