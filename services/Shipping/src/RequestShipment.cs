using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>
/// Asks for an order's shipment. It is named by the order: repeated, it is the same shipment and gets the same answer; with
/// other contents it is refused. Rates and zones have no say here: what a shopper has paid for is sent.
/// </summary>
static class RequestShipment
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/internal/shipments/{orderId}", HandleAsync)
        .WithName("RequestShipment")
        .ProducesProblem(409)
        .ProducesProblem(422)
        .AllowCallers("ordering");

    static async Task<Results<Ok<ShipmentView>, Refusal>> HandleAsync(
        string orderId, ShipmentRequest body, ShipmentStore store, Rates rates, IIdSource ids, TimeProvider clock,
        CancellationToken cancellation)
    {
        if ((OrderId.Check(orderId) ?? body.Check()) is { } wrong) return wrong;
        var parcels = Enumerable.Range(1, rates.ParcelsFor(body.Grams!.Value))
            .Select(no => new Parcel(no, ids.NewId(), ShipmentState.Requested));
        var (shipment, refusal) = await store.RequestAsync(Shipment.Request(orderId, [.. parcels]), body, clock.GetUtcNow(), cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(ShipmentView.Of(shipment!));
    }
}

/// <summary>What goes to whom, and how. Once checked, nothing in it is null but what may be.</summary>
sealed record ShipmentRequest(string? Option, Address? Address, long? Grams, IReadOnlyList<Piece?>? Lines)
{
    const int LinesMax = 1000;

    /// <summary>The first thing that is wrong; null when nothing is.</summary>
    public Refusal? Check()
    {
        if (!Text.IsLine(Option)) return ShippingRefusals.Invalid("option", "option is one of those at /internal/options.");
        if (Address is null || !Address.IsValid()) return ShippingRefusals.Invalid("address",
            "address has name, line1, city, postalCode of 1 to 200 characters and a country such as DE; "
            + "line2, region and phone may be left out.");
        if (Grams is null or < 0) return ShippingRefusals.Invalid("grams", "grams is the weight of all that is sent, from 0.");
        if (Lines is null or { Count: 0 or > LinesMax }
            || Lines.Any(line => line is null or { Quantity: < 1 } || !Text.IsLine(line.Sku))
            || Lines.DistinctBy(line => line!.Sku).Count() < Lines.Count)
            return ShippingRefusals.Invalid("lines", $"lines has 1 to {LinesMax} SKUs, each once and with a quantity from 1.");
        return null;
    }

    /// <summary>Whether it asks for the same; the order of the lines says nothing.</summary>
    public bool Asks(string option, Address address, long grams, IEnumerable<Piece> lines) =>
        Option == option && Address == address && Grams == grams && Lines!.ToHashSet().SetEquals(lines);
}

/// <summary>So many of a SKU.</summary>
sealed record Piece(string Sku, long Quantity);

/// <summary>Where parcels go.</summary>
sealed record Address(
    string Name, string Line1, string? Line2, string City, string PostalCode, string? Region, string Country, string? Phone)
{
    public bool IsValid() => Text.IsLine(Name) && Text.IsLine(Line1) && Text.IsLine(City) && Text.IsLine(PostalCode)
        && Shipping.Country.IsValid(Country)
        && (Line2 is null || Text.IsShort(Line2)) && (Region is null || Text.IsShort(Region)) && (Phone is null || Text.IsShort(Phone));
}

/// <summary>How the shipment stands.</summary>
sealed record ShipmentView(string State, IReadOnlyList<Parcel> Parcels)
{
    public static ShipmentView Of(Shipment shipment) => new(shipment.State, shipment.Parcels);
}

/// <summary>The name of a shipment.</summary>
static class OrderId
{
    const int LengthMax = 100;

    public static Refusal? Check(string orderId) =>
        orderId.Length <= LengthMax && orderId.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : ShippingRefusals.Invalid("order", $"An order's id has up to {LengthMax} letters, digits, '-', '_' and '.'.");
}

/// <summary>What people and other services write.</summary>
static class Text
{
    const int LengthMax = 200;

    /// <summary>A line with something in it.</summary>
    public static bool IsLine(string? text) => !string.IsNullOrWhiteSpace(text) && IsShort(text);

    /// <summary>A line, perhaps empty.</summary>
    public static bool IsShort(string text, int lengthMax = LengthMax) => text.Length <= lengthMax && !text.Any(char.IsControl);
}
