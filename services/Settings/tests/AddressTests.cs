using System.Net;

namespace Souk.Settings.Tests;

public sealed class AddressTests
{
    [Theory, EveryEngine]
    public async Task The_first_address_is_the_default_until_another_is_asked_to_be(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        Assert.Equal("home:Berlin*", (await settings.PutAddressAsync("home")).Addresses);
        Assert.Equal("home:Berlin* work:Bonn", (await settings.PutAddressAsync("work", "Bonn")).Addresses);
        Assert.Equal("home:Berlin work:Bonn*", (await settings.PutAddressAsync("work", "Bonn", isDefault: true)).Addresses);
        // It stays one: a default that is none would leave nobody.
        var last = await settings.PutAddressAsync("work", "Ulm", isDefault: false);
        Assert.Equal(("home:Berlin work:Ulm*", "\"4\""), (last.Addresses, last.ETag));
        Assert.Equal(last.Raw, (await settings.PutAddressAsync("work", "Ulm")).Raw);
        Assert.Equal(last.Raw, (await settings.GetAsync("/addresses")).Raw);
    }

    [Theory, EveryEngine]
    public async Task A_removed_address_is_gone_and_the_oldest_left_takes_over(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        await settings.PutAddressAsync("home");
        await settings.PutAddressAsync("work", "Bonn");
        await settings.PutAddressAsync("mum", "Ulm");
        (await settings.RemoveAsync("home", ifMatch: "\"2\"")).IsRefusal(412, "settings.version_stale");
        var left = await settings.RemoveAsync("home", ifMatch: "\"3\"");
        Assert.Equal(("work:Bonn* mum:Ulm", 4L), (left.Addresses, left.Version));
        Assert.Equal(left.Raw, (await settings.RemoveAsync("home")).Raw);
        await settings.RemoveAsync("work");
        Assert.Equal("", (await settings.RemoveAsync("mum")).Addresses);
    }

    [Theory, EveryEngine]
    public async Task The_twenty_first_address_is_refused(Engine engine)
    {
        await using var settings = await SettingsUnderTest.StartAsync(engine);
        for (var n = 0; n < Person.AddressesMax; n++) await settings.PutAddressAsync("a" + n);
        (await settings.PutAddressAsync("one-more")).IsRefusal(409, "settings.addresses_full");
        Assert.Equal(HttpStatusCode.OK, (await settings.PutAddressAsync("a3", "Bonn")).Status);
    }

    [Theory]
    [InlineData("name", null, "settings.name_invalid"), InlineData("name", " ", "settings.name_invalid")]
    [InlineData("line1", "a\tb", "settings.line1_invalid"), InlineData("city", "", "settings.city_invalid")]
    [InlineData("postalCode", null, "settings.postal_code_invalid"), InlineData("country", "XX", "settings.country_unknown")]
    [InlineData("country", "de", "settings.country_unknown"), InlineData("country", null, "settings.country_unknown")]
    [InlineData("country", "DE AT", "settings.country_unknown"), InlineData("line2", "a\0", "settings.line2_invalid")]
    [InlineData("line2", "4242-4242-4242-4242", "settings.card_number"), InlineData("phone", "LONG", "settings.phone_invalid")]
    [InlineData("region", "LONG", "settings.region_invalid"), InlineData("line1", "LONG", "settings.line1_invalid")]
    public async Task What_is_wrong_with_an_address_is_told(string field, string? value, string code)
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        var address = new Dictionary<string, string?>
        {
            ["name"] = "Amal",
            ["line1"] = "Rosenweg 7",
            ["city"] = "Berlin",
            ["postalCode"] = "10115",
            ["country"] = "DE",
            ["phone"] = "+49 30 1234 5678",
            ["planet"] = "Earth",
        };
        Assert.Equal(HttpStatusCode.OK, (await settings.PutAsync("/addresses/home", address)).Status);
        address[field] = value == "LONG" ? new string('x', 201) : value;
        (await settings.PutAsync("/addresses/home", address)).IsRefusal(400, code);
        Assert.Equal(1, (await settings.GetAsync("/addresses")).Version);
    }

    [Fact]
    public async Task An_address_has_a_plain_name()
    {
        await using var settings = await SettingsUnderTest.StartAsync(Engine.Sqlite);
        foreach (var id in new[] { "a.b", "a%20b", "%C3%A4", new string('x', 65) })
        {
            (await settings.PutAddressAsync(id)).IsRefusal(400, "settings.address_id_invalid");
        }
    }
}
