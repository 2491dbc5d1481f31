using System.Text.Json.Serialization;

namespace Souk.Ordering;

/// <summary>
/// What Payment and Shipping tell. An event about an order that is not here changes nothing; one about a payment only
/// wakes the sagas, which ask: so its order of arrival does not matter.
/// </summary>
static class PaymentFeed
{
    public static void Subscribe(Subscription feed) => feed
        .On("PaymentChanged", FeedJson.Default.PaymentChanged, async (tx, e) =>
        {
            await tx.WakeSagaAsync(CheckoutSaga.Name, e.Data.OrderId);
            foreach (var refund in await RefundStore.IdsAsync(tx, e.Data.OrderId)) await tx.WakeSagaAsync(RefundSaga.Name, refund);
        });
}

/// <summary>Where the parcels are.</summary>
static class ShippingFeed
{
    public static void Subscribe(Subscription feed) => feed
        .On("ShipmentChanged", FeedJson.Default.ShipmentChanged, async (tx, e) =>
        {
            var told = new Shipment(e.Data.State, e.Data.Parcels);
            // Most are told what Shipping has answered already: an order is held up only for what is new.
            if (await OrderStore.FindAsync(tx, e.Data.OrderId) is not { } known || told.IsSameAs(known.Shipment)) return;
            if (await OrderStore.FindLockedAsync(tx, known.Id) is { } order) await OrderStore.ShipmentChangedAsync(tx, order, told);
        });
}

/// <summary>Payment's event, with what Ordering reads of it: the rest is asked.</summary>
sealed record PaymentChanged(string OrderId);

/// <summary>Shipping's event.</summary>
sealed record ShipmentChanged(string OrderId, string State, IReadOnlyList<Parcel> Parcels);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(PaymentChanged))]
[JsonSerializable(typeof(ShipmentChanged))]
sealed partial class FeedJson : JsonSerializerContext;
