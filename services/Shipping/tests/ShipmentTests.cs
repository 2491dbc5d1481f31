using System.Net;

namespace Souk.Shipping.Tests;

/// <summary>Asking for a shipment, and calling it off.</summary>
public sealed class ShipmentTests
{
    [Theory, EveryEngine]
    public async Task An_order_is_sent_once_however_often_it_is_asked_for(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        var first = await shipping.RequestAsync("o1");
        Assert.Equal("requested, requested", first.Shown);
        var again = await shipping.RequestAsync("o1");
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        // The same in another order of words.
        var turned = await shipping.RequestAsync("o1", ShippingUnderTest.Body(lines: """[{"quantity":1,"sku":"TEE"},{"sku":"MUG","quantity":2}]"""));
        Assert.Equal(first.Body.GetRawText(), turned.Body.GetRawText());

        Assert.Equal(["o1/1: requested, requested"], await shipping.ChangesAsync());
        Assert.Equal(1, await shipping.CountAsync($"parcel"));
    }

    [Theory, EveryEngine]
    public async Task Many_at_once_make_one_shipment(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => shipping.RequestAsync("o1")));
        Assert.Single(answers.Select(answer => answer.Body.GetRawText()).Distinct());
        Assert.Equal(1, await shipping.CountAsync($"parcel"));
        Assert.Equal(1, await shipping.CountAsync($"outbox"));
    }

    [Theory, EveryEngine]
    public async Task What_is_kept_is_what_was_asked_for(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        const string Address = """{"name":"Zoë <b>","line1":"1","line2":"c/o","city":"Genève","postalCode":"1200","region":"GE","country":"CH","phone":""}""";
        var answer = await shipping.RequestAsync("o-1_x.y", ShippingUnderTest.Body("\"express\"", Address, "61000"));
        Assert.Equal("requested, requested requested requested", answer.Shown);
        Assert.Equal(3, answer.Tracking.Distinct().Count());
        await shipping.Service.RestartAsync();

        var detail = (await shipping.ReadAsync("o-1_x.y")).Body;
        Assert.Equal(("express", 61000, "Zoë <b>", "GE"), (detail.GetProperty("option").GetString(), detail.GetProperty("grams").GetInt64(),
            detail.GetProperty("address").GetProperty("name").GetString(), detail.GetProperty("address").GetProperty("region").GetString()));
        Assert.Equal(ShippingUnderTest.Lines, detail.GetProperty("lines").GetRawText());
        Assert.Equal(answer.Body.GetProperty("parcels").GetRawText(), detail.GetProperty("parcels").GetRawText());
    }

    [Theory, EveryEngine]
    public async Task The_same_order_with_other_contents_is_refused(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1");
        foreach (var body in new[]
        {
            ShippingUnderTest.Body(option: "\"express\""),
            ShippingUnderTest.Body(address: ShippingUnderTest.Address.Replace("Ann", "Bob", StringComparison.Ordinal)),
            ShippingUnderTest.Body(grams: "1201"),
            ShippingUnderTest.Body(lines: """[{"sku":"MUG","quantity":2}]"""),
            ShippingUnderTest.Body(lines: """[{"sku":"MUG","quantity":2},{"sku":"TEE","quantity":2}]"""),
        })
        {
            (await shipping.RequestAsync("o1", body)).IsRefusal(422, "shipping.shipment.changed");
        }
        Assert.Equal("requested, requested", (await shipping.ReadAsync("o1")).Shown);
    }

    [Theory, EveryEngine]
    public async Task A_country_and_an_option_that_are_no_longer_offered_are_still_sent(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        var address = ShippingUnderTest.Address.Replace("DE", "AQ", StringComparison.Ordinal);
        Assert.Equal("requested, requested", (await shipping.RequestAsync("o1", ShippingUnderTest.Body("\"dog_sled\"", address))).Shown);
    }

    [Theory, EveryEngine]
    public async Task A_shipment_is_called_off_until_the_carrier_has_it(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1", ShippingUnderTest.Body(grams: "31000"));
        Assert.Equal("cancelled", (await shipping.CancelAsync("o1")).State);
        Assert.Equal("cancelled", (await shipping.CancelAsync("o1")).State);
        (await shipping.RequestAsync("o1", ShippingUnderTest.Body(grams: "31000"))).IsRefusal(409, "shipping.shipment.cancelled");
        (await shipping.ReportAsync("o1", 1, "handed_over")).IsRefusal(409, "shipping.shipment.cancelled");

        await shipping.RequestAsync("o2", ShippingUnderTest.Body(grams: "31000"));
        await shipping.ReportAsync("o2", 2, "handed_over");
        Assert.Equal("gone", (await shipping.CancelAsync("o2")).State);
        Assert.Equal("gone", (await shipping.CancelAsync("o2")).State);
        Assert.Equal("handed_over, requested handed_over", (await shipping.ReadAsync("o2")).Shown);

        Assert.Equal(
        [
            "o1/1: requested, requested requested", "o1/2: cancelled, cancelled cancelled",
            "o2/1: requested, requested requested", "o2/2: handed_over, requested handed_over",
        ], await shipping.ChangesAsync());
    }

    [Theory, EveryEngine]
    public async Task What_was_called_off_before_it_was_asked_for_is_never_sent(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        Assert.Equal("cancelled", (await shipping.CancelAsync("o1")).State);
        Assert.Equal("cancelled", (await shipping.CancelAsync("o1")).State);
        (await shipping.RequestAsync("o1")).IsRefusal(409, "shipping.shipment.cancelled");
        Assert.Equal("cancelled, ", (await shipping.ReadAsync("o1")).Shown);
        Assert.Equal(["o1/1: cancelled, "], await shipping.ChangesAsync());
        Assert.Equal(0, await shipping.CountAsync($"parcel"));
    }

    [Theory, EveryEngine]
    public async Task Of_a_request_and_a_cancellation_at_once_one_is_first_and_the_shipment_stays_off(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            var both = await Task.WhenAll(shipping.RequestAsync($"o{i}"), shipping.CancelAsync($"o{i}"));
            Assert.Equal("cancelled", both[1].State);
            if (both[0].Status != HttpStatusCode.OK) both[0].IsRefusal(409, "shipping.shipment.cancelled");
        }));
        Assert.Equal(20, await shipping.CountAsync($"shipment WHERE state = 'cancelled'"));
        Assert.Equal(0, await shipping.CountAsync($"parcel WHERE state <> 'cancelled'"));
        Assert.Equal(0, await shipping.CountAsync($"shipment AS s WHERE s.version <> (SELECT COUNT(*) FROM outbox WHERE subject = s.order_id)"));
    }

    [Theory]
    [InlineData("option", null, "{A}", "1", "{L}")]
    [InlineData("option", "\" \"", "{A}", "1", "{L}")]
    [InlineData("option", "\"a\\u0000\"", "{A}", "1", "{L}")]
    [InlineData("address", "\"s\"", null, "1", "{L}")]
    [InlineData("address", "\"s\"", "{}", "1", "{L}")]
    [InlineData("address", "\"s\"", """{"name":"A","line1":"1","city":"C","postalCode":"1","country":"Germany"}""", "1", "{L}")]
    [InlineData("address", "\"s\"", """{"name":"A\nB","line1":"1","city":"C","postalCode":"1","country":"DE"}""", "1", "{L}")]
    [InlineData("grams", "\"s\"", "{A}", null, "{L}")]
    [InlineData("grams", "\"s\"", "{A}", "-1", "{L}")]
    [InlineData("lines", "\"s\"", "{A}", "1", null)]
    [InlineData("lines", "\"s\"", "{A}", "1", "[]")]
    [InlineData("lines", "\"s\"", "{A}", "1", "[null]")]
    [InlineData("lines", "\"s\"", "{A}", "1", """[{"sku":"A","quantity":0}]""")]
    [InlineData("lines", "\"s\"", "{A}", "1", """[{"quantity":1}]""")]
    [InlineData("lines", "\"s\"", "{A}", "1", """[{"sku":"A","quantity":1},{"sku":"A","quantity":1}]""")]
    public async Task What_cannot_be_sent_is_refused_with_a_stable_code(string field, string? option, string? address, string? grams, string? lines)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        var body = ShippingUnderTest.Body(option, address == "{A}" ? ShippingUnderTest.Address : address, grams, lines == "{L}" ? ShippingUnderTest.Lines : lines);
        (await shipping.RequestAsync("o1", body)).IsRefusal(400, $"shipping.shipment.{field}_invalid");
        (await shipping.ReadAsync("o1")).IsRefusal(404, "shipping.shipment_unknown");
    }

    [Fact]
    public async Task An_order_id_is_a_plain_word()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        foreach (var id in new[] { "a%20b", "%C3%A9", new string('a', 101) })
        {
            (await shipping.RequestAsync(id)).IsRefusal(400, "shipping.shipment.order_invalid");
            (await shipping.CancelAsync(id)).IsRefusal(400, "shipping.shipment.order_invalid");
        }
    }

    [Fact]
    public async Task Who_may_ask_what_is_named()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        var tracking = (await shipping.RequestAsync("o1")).Tracking[0];
        foreach (var (caller, method, address, status) in new[]
        {
            ("gateway", "PUT", "/internal/shipments/o1", 403),
            ("souk", "PUT", "/internal/shipments/o1", 403),
            ("gateway", "PUT", "/internal/shipments/o1/cancellation", 403),
            ("ordering", "POST", "/internal/shipments/o1/parcels/1/events", 403),
            ("gateway", "POST", "/internal/shipments/o1/parcels/1/events", 403),
            ("storefront", "GET", "/internal/shipments/o1", 403),
            ("console", "GET", "/internal/shipments/o1", 200),
            ("storefront", "GET", "/api/shipping/parcels/" + tracking, 200),
            ("ordering", "GET", "/internal/events?after=0", 200),
            ("notifications", "GET", "/internal/events?after=0", 403),
        })
        {
            Assert.Equal((caller, address, status),
                (caller, address, (int)(await shipping.SendAsync(caller, new HttpMethod(method), address, method == "GET" ? null : "{}")).Status));
        }
        using var nobody = shipping.Service.Anonymous();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/api/shipping/parcels/" + tracking)).StatusCode);
    }
}
