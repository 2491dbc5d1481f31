using CsCheck;

namespace Souk.Shipping.Tests;

/// <summary>The rules, for any story of any parcels.</summary>
public sealed class ShipmentModelTests
{
    static readonly string[] Steps = ["cancel", ShipmentState.HandedOver, ShipmentState.InTransit, ShipmentState.Delivered];

    [Fact]
    public void Whatever_is_reported_a_parcel_never_goes_back_and_a_cancelled_one_never_leaves() => Gen.Select(
        Gen.Int[1, 4], Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3].Select(i => Steps[i])).Array[0, 20])
        .Sample((count, story) =>
        {
            var shipment = Shipment.Request("o", [.. Enumerable.Range(1, count).Select(no => new Parcel(no, "t" + no, ShipmentState.Requested))]);
            foreach (var (no, what) in story)
            {
                var before = shipment;
                shipment = (what == "cancel" ? before.Cancel() : before.Report(no, what)).Shipment ?? before;
                if (shipment == before) continue;
                Assert.Equal(before.Version + 1, shipment.Version);
                Assert.NotEqual(ShipmentState.Cancelled, before.State);
                if (what == "cancel") Assert.All(before.Parcels, parcel => Assert.Equal(ShipmentState.Requested, parcel.State));
                else Assert.All(before.Parcels.Zip(shipment.Parcels), pair => Assert.True(
                    pair.First == pair.Second || ShipmentState.IsBefore(pair.First.State, pair.Second.State)));
            }
        });

    [Theory]
    [InlineData("requested requested", "requested")]
    [InlineData("requested handed_over", "handed_over")]
    [InlineData("requested in_transit", "in_transit")]
    [InlineData("requested delivered", "in_transit")]
    [InlineData("handed_over delivered", "in_transit")]
    [InlineData("delivered delivered", "delivered")]
    [InlineData("cancelled cancelled", "cancelled")]
    public void A_shipment_is_as_far_as_its_parcels(string parcels, string shipment) => Assert.Equal(
        shipment, ShipmentState.Of([.. parcels.Split(' ').Select((state, index) => new Parcel(index + 1, "t", state))]));
}
