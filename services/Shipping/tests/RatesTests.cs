using System.Net;
using CsCheck;

namespace Souk.Shipping.Tests;

/// <summary>What sending costs.</summary>
public sealed class RatesTests
{
    static readonly string[] Countries = ["DE", "FR", "GB", "US"];
    static readonly Rates Shipped = Rates.Read(Path.Combine(AppContext.BaseDirectory, "rates.json"), "EUR");

    [Fact]
    public async Task Options_come_cheapest_first_with_price_and_days()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite, ("Souk:Currency", "CHF"));
        var answer = await shipping.OptionsAsync("?country=DE&grams=1200");
        Assert.Equal(
            """{"options":[{"id":"standard","name":"Standard","price":{"amount":690,"currency":"CHF"},"minDays":1,"maxDays":3},{"id":"express","name":"Express","price":{"amount":1590,"currency":"CHF"},"minDays":1,"maxDays":1}]}""",
            answer.Body.GetRawText());
    }

    [Fact]
    public async Task A_country_that_is_not_served_has_no_options_and_what_is_no_country_is_refused()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal("""{"options":[]}""", (await shipping.OptionsAsync("?country=AQ&grams=1")).Body.GetRawText());
        foreach (var query in new[] { "", "?grams=1", "?country=&grams=1", "?country=de&grams=1", "?country=DEU&grams=1", "?country=D%00&grams=1" })
        {
            (await shipping.OptionsAsync(query)).IsRefusal(400, "shipping.options.country_invalid");
        }
        (await shipping.OptionsAsync("?country=DE")).IsRefusal(400, "shipping.options.grams_invalid");
        (await shipping.OptionsAsync("?country=DE&grams=-1")).IsRefusal(400, "shipping.options.grams_invalid");
        Assert.Equal(HttpStatusCode.BadRequest, (await shipping.OptionsAsync("?country=DE&grams=1.5")).Status);
    }

    [Theory]
    [InlineData(0, 490, 1)]
    [InlineData(1000, 490, 1)]
    [InlineData(1001, 690, 1)]
    [InlineData(30_000, 1690, 1)]
    [InlineData(30_001, 1690 + 490, 2)]
    [InlineData(65_001, 1690 + 1690 + 990, 3)]
    [InlineData(3_000_000, 169_000, 100)]
    public void The_weight_decides_on_price_and_parcels(long grams, long price, int parcels)
    {
        Assert.Equal(price, Shipped.For("DE", grams)[0].Price.Amount);
        Assert.Equal(parcels, Shipped.ParcelsFor(grams));
    }

    [Fact]
    public void More_than_a_hundred_parcels_are_not_offered_but_what_was_sold_is_sent()
    {
        Assert.Empty(Shipped.For("DE", 3_000_001));
        Assert.Empty(Shipped.For("DE", long.MaxValue));
        Assert.Equal(100, Shipped.ParcelsFor(long.MaxValue));
    }

    [Fact]
    public void More_weight_never_costs_less() => Gen.Select(Gen.Long[0, 100_000], Gen.Long[0, 100_000], Gen.Int[0, 3].Select(i => Countries[i]))
        .Sample((one, other, country) =>
        {
            var (light, heavy) = (Shipped.For(country, Math.Min(one, other)), Shipped.For(country, Math.Max(one, other)));
            return light.All(option => heavy.Single(same => same.Id == option.Id).Price.Amount >= option.Price.Amount);
        });

    [Theory]
    [InlineData("""{"parcelGramsMax":1000,"zones":[{"countries":["DE"],"options":[{"id":"s","name":"S","minDays":1,"maxDays":2,"steps":[{"grams":900,"price":1}]}]}]}""", "do not rise")]
    [InlineData("""{"parcelGramsMax":1000,"zones":[{"countries":["DE"],"options":[{"id":"s","name":"S","minDays":1,"maxDays":2,"steps":[{"grams":1000,"price":-1}]}]}]}""", "below zero")]
    [InlineData("""{"parcelGramsMax":1000,"zones":[{"countries":["DE"],"options":[]},{"countries":["DE"],"options":[]}]}""", "two zones")]
    [InlineData("""{"parcelGramsMax":1000,"zones":[{"countries":["DE"],"options":[{"id":"s","steps":[]}]}]}""", "missing required")]
    public async Task Rates_that_contradict_themselves_stop_the_start(string json, string why)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("souk-rates-").FullName, "rates.json");
        await File.WriteAllTextAsync(file, json);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => ShippingUnderTest.StartAsync(Engine.Sqlite, ("Shipping:Rates", file)));
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task Only_ordering_and_staff_ask_for_options()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        Assert.Equal(HttpStatusCode.Forbidden, (await shipping.SendAsync("gateway", HttpMethod.Get, "/internal/options?country=DE&grams=1")).Status);
    }
}
