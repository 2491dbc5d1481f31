using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>
/// What Shipping holds on a person, who is known here by their orders alone: to be read, and to be forgotten where nothing is
/// on its way any more. Repeated, it forgets what has arrived since.
/// </summary>
static class People
{
    const int OrdersMax = 1000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/internal/people/export", ReadAsync).WithName("ReadPerson").AllowCallers("settings");
        app.MapPost("/internal/people/erase", ForgetAsync).WithName("ForgetPerson").AllowCallers("settings");
    }

    static async Task<Results<Ok<PersonView>, Refusal>> ReadAsync(
        PersonOrders body, ShipmentStore store, CancellationToken cancellation)
    {
        if (body is not { Orders: { Count: <= OrdersMax } orders }) return ShippingRefusals.OrdersInvalid;
        var shipments = new List<ShipmentDetail>();
        foreach (var order in orders.Distinct())
        {
            if (await store.DetailAsync(order ?? "", cancellation) is { } shipment) shipments.Add(shipment);
        }
        return TypedResults.Ok(new PersonView(shipments));
    }

    static async Task<Results<Ok<ForgottenView>, Refusal>> ForgetAsync(
        PersonOrders body, ShipmentStore store, CancellationToken cancellation)
    {
        if (body is not { Orders: { Count: <= OrdersMax } orders }) return ShippingRefusals.OrdersInvalid;
        var (erased, underWay) = (0, 0);
        foreach (var order in orders.Distinct())
        {
            switch (await store.ForgetAsync(order ?? "", cancellation))
            {
                case true: erased++; break;
                case false: underWay++; break;
                case null: break;
            }
        }
        return TypedResults.Ok(new ForgottenView(
            [new ErasedView("addresses", erased)], underWay == 0 ? [] : [new KeptView("addresses", underWay, "under_way")]));
    }
}

/// <summary>A person's orders, by id.</summary>
sealed record PersonOrders(IReadOnlyList<string?>? Orders);

/// <summary>All that Shipping holds on a person.</summary>
sealed record PersonView(IReadOnlyList<ShipmentDetail> Shipments);

/// <summary>What was erased, and what was kept and why.</summary>
sealed record ForgottenView(IReadOnlyList<ErasedView> Erased, IReadOnlyList<KeptView> Kept);

/// <summary>So many of something are gone.</summary>
sealed record ErasedView(string What, int Count);

/// <summary>So many of something are still there, and why: <c>under_way</c>, to be asked for again.</summary>
sealed record KeptView(string What, int Count, string Why);
