namespace Souk.Auditing.Invariants;

/// <summary>What leaves the house.</summary>
static class ShipmentInvariants
{
    /// <summary>I8: holds each shipment, its parcels and its lines against the order and against what Payment captured.</summary>
    public static async Task ShipsWhatWasPaidAsync(Snapshot store, Look look)
    {
        var shipments = await store.Shipping.QueryAsync("SELECT order_id, state, option_id FROM shipment",
            row => (Order: row.Text(0), State: row.Text(1), IsTombstone: row.TextOrNull(2) is null));
        var lines = (await store.Shipping.QueryAsync("SELECT order_id, sku, quantity FROM shipment_line",
            row => (Order: row.Text(0), Sku: row.Text(1), Quantity: row.Long(2)))).ToLookup(line => line.Order, StringComparer.Ordinal);
        var parcels = await store.Shipping.QueryAsync("SELECT order_id, no, tracking FROM parcel",
            row => (Order: row.Text(0), No: row.Long(1), Tracking: row.Text(2)));
        var orders = await store.OnceAsync(Orders.ReadAsync);
        var operations = await store.OnceAsync(PaymentOperations.ReadAsync);
        look.Saw(shipments.Count, "shipments");
        look.Saw(parcels.Count, "parcels");

        // The tables have keys for these; a judge does not take their word.
        foreach (var twice in parcels.GroupBy(parcel => (parcel.Order, parcel.No)).Where(group => group.Count() > 1))
        {
            look.Against(twice.Key.Order, $"has parcel {twice.Key.No} {twice.Count()} times");
        }
        foreach (var twice in parcels.GroupBy(parcel => parcel.Tracking, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            look.Against(twice.First().Order, $"shares the tracking number {twice.Key}");
        }
        foreach (var stray in parcels.Select(parcel => parcel.Order).Except(shipments.Select(shipment => shipment.Order)))
        {
            look.Against(stray, "has a parcel and no shipment");
        }

        foreach (var shipment in shipments.Where(shipment => !shipment.IsTombstone))
        {
            if (orders.Find(shipment.Order) is not { } order)
            {
                look.Against(shipment.Order, "is no order and has a shipment");
                continue;
            }
            look.Require(order.IsConfirmed && order.HasBeen("Captured"), order.Id, $"is {order.State} and has a shipment");
            look.Require(operations.Done(order.Id, "capture") > 0, order.Id, "has a shipment and was not captured");
            var shipped = lines[order.Id].GroupBy(line => line.Sku, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => group.Sum(line => line.Quantity), StringComparer.Ordinal);
            var isOrdered = shipped.Count == order.Agreed.Pieces.Count
                && order.Agreed.Pieces.All(line => shipped.GetValueOrDefault(line.Key) == line.Value);
            look.Require(isOrdered, order.Id, "its shipment is not of what was ordered");
        }
        var shippedOrders = shipments.Where(shipment => !shipment.IsTombstone).Select(shipment => shipment.Order).ToHashSet(StringComparer.Ordinal);
        foreach (var order in orders.All.Where(order => order.State == "Completed"))
        {
            look.Saw(1, "completed orders");
            look.Require(shippedOrders.Contains(order.Id), order.Id, "is completed and has no shipment");
        }
    }
}
