using System.Text.Json.Serialization;

namespace Souk.Shipping;

/// <summary>One order's parcels on their way to the customer.</summary>
/// <param name="OrderId">Whose; an order has one shipment.</param>
/// <param name="State">Follows from the parcels: see <see cref="ShipmentState.Of"/>.</param>
/// <param name="Version">Counts the changes, from 1.</param>
/// <param name="Parcels">By number, from 1; none where a shipment was cancelled before it was asked for.</param>
sealed record Shipment(string OrderId, string State, long Version, IReadOnlyList<Parcel> Parcels)
{
    /// <summary>As many parcels has one order at most: more is freight.</summary>
    public const int ParcelsMax = 100;

    /// <summary>Whether nothing of it is on its way, or will be.</summary>
    public bool HasEnded => State is ShipmentState.Delivered or ShipmentState.Cancelled;

    /// <summary>A shipment as it is asked for.</summary>
    public static Shipment Request(string orderId, IReadOnlyList<Parcel> parcels) => new(orderId, ShipmentState.Requested, 1, parcels);

    /// <summary>Called off before it was asked for: it never will be made.</summary>
    public static Shipment Tombstone(string orderId) => new(orderId, ShipmentState.Cancelled, 1, []);

    /// <summary>What the carrier says of one parcel. It goes forward only; a step may be left out.</summary>
    public Decision Report(int no, string state)
    {
        if (Parcels.FirstOrDefault(parcel => parcel.No == no) is not { } parcel) return ShippingRefusals.ParcelUnknown;
        if (State == ShipmentState.Cancelled) return ShippingRefusals.Cancelled;
        return ShipmentState.IsBefore(parcel.State, state)
            ? With([.. Parcels.Select(p => p == parcel ? p with { State = state } : p)])
            : ShippingRefusals.NotForward(parcel.State);
    }

    /// <summary>Calls all of it off, unless the carrier has any of it: then it stays as it is.</summary>
    public Decision Cancel() => State == ShipmentState.Requested
        ? With([.. Parcels.Select(parcel => parcel with { State = ShipmentState.Cancelled })])
        : this;

    Shipment With(IReadOnlyList<Parcel> parcels) =>
        this with { State = ShipmentState.Of(parcels), Version = Version + 1, Parcels = parcels };
}

/// <summary>A parcel: its number within the order, and the number it is tracked by.</summary>
/// <param name="No">From 1.</param>
/// <param name="Tracking">Unguessable: whoever has it may see where the parcel is, and nothing more.</param>
/// <param name="State">See <see cref="ShipmentState"/>.</param>
sealed record Parcel(int No, string Tracking, string State);

/// <summary>How far a parcel, or all of a shipment, has come.</summary>
static class ShipmentState
{
    public const string Requested = "requested";
    public const string HandedOver = "handed_over";
    public const string InTransit = "in_transit";
    public const string Delivered = "delivered";
    public const string Cancelled = "cancelled";

    static readonly string[] Way = [Requested, HandedOver, InTransit, Delivered];

    /// <summary>What a carrier may report.</summary>
    public static bool IsReport(string? state) => Array.IndexOf(Way, state) > 0;

    public static bool IsBefore(string state, string other) => Array.IndexOf(Way, state) < Array.IndexOf(Way, other);

    /// <summary>The next step of the way; none after the last.</summary>
    public static string After(string state) => Way[Array.IndexOf(Way, state) + 1];

    /// <summary>Of a shipment: delivered when its last parcel is, on its way as soon as its first one is.</summary>
    public static string Of(IReadOnlyList<Parcel> parcels)
    {
        if (parcels.All(parcel => parcel.State == Cancelled)) return Cancelled;
        if (parcels.All(parcel => parcel.State == Delivered)) return Delivered;
        return Way[Math.Min(parcels.Max(parcel => Array.IndexOf(Way, parcel.State)), Array.IndexOf(Way, InTransit))];
    }
}

/// <summary>The shipment after a change, or the refusal of it.</summary>
readonly record struct Decision(Shipment? Shipment, Refusal? Refusal)
{
    public static implicit operator Decision(Shipment shipment) => new(shipment, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}

/// <summary>Every no that Shipping says.</summary>
static class ShippingRefusals
{
    public static readonly Refusal CountryInvalid = Refusal.BadRequest("shipping.options.country_invalid",
        "country is two letters of ISO 3166-1: DE.");

    public static readonly Refusal GramsInvalid = Refusal.BadRequest("shipping.options.grams_invalid",
        "grams is the weight of all that is sent, a whole number from 0.");

    public static readonly Refusal OrdersInvalid = Refusal.BadRequest("shipping.people.orders_invalid",
        "orders is a list of at most 1000 orders' ids.");

    public static readonly Refusal ShipmentUnknown = Refusal.NotFound("shipping.shipment_unknown",
        "No shipment was asked for under this order.");

    public static readonly Refusal Changed = Refusal.Unprocessable("shipping.shipment.changed",
        "This order's shipment was asked for already, with other contents.");

    public static readonly Refusal Cancelled = Refusal.Conflict("shipping.shipment.cancelled", "This order's shipment was cancelled.");

    public static readonly Refusal ParcelUnknown = Refusal.NotFound("shipping.parcel_unknown", "There is no such parcel.");

    public static readonly Refusal StateInvalid = Refusal.BadRequest("shipping.parcel.state_invalid",
        "state is handed_over, in_transit or delivered.");

    public static readonly Refusal NoteInvalid = Refusal.BadRequest("shipping.parcel.note_invalid",
        "note is a line of up to 500 characters.");

    public static Refusal NotForward(string state) => Refusal.Conflict("shipping.parcel.not_forward",
        $"The parcel is {state} already; it only goes forward.");

    public static Refusal Invalid(string field, string detail) => Refusal.BadRequest($"shipping.shipment.{field}_invalid", detail);
}

/// <summary>Published at every change of a shipment.</summary>
sealed record ShipmentChanged(string OrderId, string State, IReadOnlyList<Parcel> Parcels);

/// <summary>JSON of the service's own requests, answers, events and data.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OptionsView))]
[JsonSerializable(typeof(ShipmentRequest))]
[JsonSerializable(typeof(ShipmentView))]
[JsonSerializable(typeof(CancellationView))]
[JsonSerializable(typeof(CancellationRequest))]
[JsonSerializable(typeof(ShipmentDetail))]
[JsonSerializable(typeof(PersonOrders))]
[JsonSerializable(typeof(PersonView))]
[JsonSerializable(typeof(ForgottenView))]
[JsonSerializable(typeof(ParcelReport))]
[JsonSerializable(typeof(ParcelView))]
[JsonSerializable(typeof(ShipmentChanged))]
sealed partial class ShippingJson : JsonSerializerContext;
