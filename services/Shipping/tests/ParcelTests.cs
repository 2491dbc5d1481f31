namespace Souk.Shipping.Tests;

/// <summary>Parcels on their way.</summary>
public sealed class ParcelTests
{
    [Theory, EveryEngine]
    public async Task A_parcels_story_can_be_read_by_whoever_has_its_number_and_says_nothing_of_whose_it_is(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        var tracking = (await shipping.RequestAsync("o1")).Tracking[0];
        shipping.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("handed_over, handed_over", (await shipping.ReportAsync("o1", 1, "handed_over", note: "\"Hub <Leipzig>\"")).Shown);
        shipping.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("delivered, delivered", (await shipping.ReportAsync("o1", 1, "delivered")).Shown);

        Assert.Equal(
            $$"""{"tracking":"{{tracking}}","state":"delivered","events":[{"state":"requested","note":null,"at":"2026-01-01T12:00:00+00:00"},{"state":"handed_over","note":"Hub <Leipzig>","at":"2026-01-01T13:00:00+00:00"},{"state":"delivered","note":null,"at":"2026-01-01T14:00:00+00:00"}]}""",
            (await shipping.TrackAsync(tracking)).Body.GetRawText());
        Assert.Equal(["o1/1: requested, requested", "o1/2: handed_over, handed_over", "o1/3: delivered, delivered"], await shipping.ChangesAsync());
    }

    [Fact]
    public async Task A_number_that_no_parcel_has_is_unknown_whatever_it_looks_like()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite);
        foreach (var tracking in new[] { "nobody", " ", "a\nb", "' OR 1=1 --", new string('a', 300) })
        {
            (await shipping.TrackAsync(tracking)).IsRefusal(404, "shipping.parcel_unknown");
        }
    }

    [Theory, EveryEngine]
    public async Task Several_parcels_travel_each_by_itself_and_the_shipment_is_delivered_with_its_last(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1", ShippingUnderTest.Body(grams: "30001"));
        Assert.Equal("handed_over, requested handed_over", (await shipping.ReportAsync("o1", 2, "handed_over")).Shown);
        Assert.Equal("in_transit, requested delivered", (await shipping.ReportAsync("o1", 2, "delivered")).Shown);
        Assert.Equal("in_transit, in_transit delivered", (await shipping.ReportAsync("o1", 1, "in_transit")).Shown);
        Assert.Equal("delivered, delivered delivered", (await shipping.ReportAsync("o1", 1, "delivered")).Shown);
    }

    [Theory, EveryEngine]
    public async Task A_parcel_goes_forward_only(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1");
        await shipping.ReportAsync("o1", 1, "in_transit");
        (await shipping.ReportAsync("o1", 1, "handed_over")).IsRefusal(409, "shipping.parcel.not_forward");
        (await shipping.ReportAsync("o1", 1, "in_transit")).IsRefusal(409, "shipping.parcel.not_forward");
        foreach (var state in new[] { "requested", "cancelled", "lost", "" })
        {
            (await shipping.ReportAsync("o1", 1, state)).IsRefusal(400, "shipping.parcel.state_invalid");
        }
        (await shipping.ReportAsync("o1", 1, "delivered", note: "\"a\\nb\"")).IsRefusal(400, "shipping.parcel.note_invalid");
        (await shipping.ReportAsync("o1", 2, "delivered")).IsRefusal(404, "shipping.parcel_unknown");
        (await shipping.ReportAsync("o1", 0, "delivered")).IsRefusal(404, "shipping.parcel_unknown");
        (await shipping.ReportAsync("o2", 1, "delivered")).IsRefusal(404, "shipping.shipment_unknown");
        Assert.Equal("in_transit, in_transit", (await shipping.ReadAsync("o1")).Shown);
    }

    [Theory, EveryEngine]
    public async Task A_report_is_noted_once_under_its_key(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1");
        var first = await shipping.ReportAsync("o1", 1, "handed_over", "k");
        await shipping.ReportAsync("o1", 1, "in_transit");
        var again = await shipping.ReportAsync("o1", 1, "handed_over", "k");
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        (await shipping.ReportAsync("o1", 1, "delivered", "k")).IsRefusal(422, "request.idempotency_key_reused");
        (await shipping.SendAsync("souk", HttpMethod.Post, "/internal/shipments/o1/parcels/1/events", """{"state":"delivered"}"""))
            .IsRefusal(400, "request.idempotency_key_invalid");
        Assert.Equal(3, await shipping.CountAsync($"parcel_event"));
    }

    [Theory, EveryEngine]
    public async Task The_sandbox_carrier_takes_a_step_a_minute_until_the_parcel_is_there(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        await shipping.RequestAsync("o1", ShippingUnderTest.Body(grams: "30001"));
        await shipping.RequestAsync("o2");
        await shipping.CancelAsync("o2");
        await shipping.PumpAsync();
        Assert.Equal("requested, requested requested", (await shipping.ReadAsync("o1")).Shown);
        foreach (var state in new[] { "handed_over", "in_transit", "delivered", "delivered" })
        {
            shipping.Clock.Advance(TimeSpan.FromMinutes(1));
            await shipping.PumpAsync();
            Assert.Equal($"{state}, {state} {state}", (await shipping.ReadAsync("o1")).Shown);
        }
        Assert.Equal("cancelled, cancelled", (await shipping.ReadAsync("o2")).Shown);
        Assert.Equal(7 + 2, (await shipping.ChangesAsync()).Count);
        Assert.Equal(8 + 2, await shipping.CountAsync($"parcel_event"));
    }

    [Theory, EveryEngine]
    public async Task Carriers_at_once_take_each_step_once(Engine engine)
    {
        await using var shipping = await ShippingUnderTest.StartAsync(engine);
        for (var i = 0; i < 10; i++) await shipping.RequestAsync($"o{i}");
        shipping.Clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => shipping.PumpAsync()));
        Assert.Equal(10, await shipping.CountAsync($"parcel WHERE state = 'handed_over'"));
        Assert.Equal(20, await shipping.CountAsync($"parcel_event"));
        Assert.Equal(20, await shipping.CountAsync($"outbox"));
    }

    [Fact]
    public async Task A_store_with_a_carrier_of_its_own_moves_nothing_by_itself()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite, ("Shipping:Carrier", "none"));
        await shipping.RequestAsync("o1");
        shipping.Clock.Advance(TimeSpan.FromDays(1));
        await shipping.PumpAsync();
        Assert.Equal("requested, requested", (await shipping.ReadAsync("o1")).Shown);
    }

    [Fact]
    public async Task The_pace_can_be_set_and_an_unknown_carrier_stops_the_start()
    {
        await using var shipping = await ShippingUnderTest.StartAsync(Engine.Sqlite, ("Shipping:SandboxCarrierPace", "00:00:02"));
        await shipping.RequestAsync("o1");
        shipping.Clock.Advance(TimeSpan.FromSeconds(2));
        await shipping.PumpAsync();
        Assert.Equal("handed_over, handed_over", (await shipping.ReadAsync("o1")).Shown);
        await Assert.ThrowsAsync<InvalidOperationException>(() => ShippingUnderTest.StartAsync(Engine.Sqlite, ("Shipping:Carrier", "pigeon")));
    }
}
