using System.Text.Json;

namespace Souk.Shipping;

/// <summary>
/// Shipping's tables. A change of a shipment, the story of its parcels and its event are one transaction. All SQL of the
/// service is here.
/// </summary>
sealed class ShipmentStore(Database database)
{
    /// <summary>Makes an order's shipment; where there is one, asking for the same again gives it as it is.</summary>
    public Task<Decision> RequestAsync(
        Shipment shipment, ShipmentRequest request, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            var id = shipment.OrderId;
            var address = JsonSerializer.Serialize(request.Address, ShippingJson.Default.Address);
            // The guarantee is this key: of two at once one waits here, and then finds what the other has made.
            var isNew = await tx.ExecuteAsync($"""
                INSERT INTO shipment (order_id, state, option_id, country, grams, address, version, changed_at)
                VALUES ({id}, {shipment.State}, {request.Option}, {request.Address!.Country}, {request.Grams}, {address},
                    {shipment.Version}, {now})
                ON CONFLICT (order_id) DO NOTHING
                """) == 1;
            if (!isNew) return await AskedAgainAsync(tx, id, request);

            await tx.ExecuteAsync($"INSERT INTO shipment_line (order_id, sku, quantity) VALUES {Rows(
                request.Lines!.Select(line => (Sql)$"({id}, {line!.Sku}, {line.Quantity})"))}");
            await tx.ExecuteAsync($"INSERT INTO parcel (order_id, no, tracking, state, changed_at) VALUES {Rows(
                shipment.Parcels.Select(parcel => (Sql)$"({id}, {parcel.No}, {parcel.Tracking}, {parcel.State}, {now})"))}");
            await tx.ExecuteAsync($"INSERT INTO parcel_event (order_id, no, seq, state, at) VALUES {Rows(
                shipment.Parcels.Select(parcel => (Sql)$"({id}, {parcel.No}, 1, {parcel.State}, {now})"))}");
            Publish(tx, shipment);
            return shipment;
        }, cancellation);

    /// <summary>Calls a shipment off where that is still possible, and gives it as it is then.</summary>
    public Task<Shipment> CancelAsync(string orderId, DateTimeOffset now, CancellationToken cancellation) =>
        database.WriteAsync(async tx =>
        {
            var none = Shipment.Tombstone(orderId);
            var isTombstone = await tx.ExecuteAsync($"""
                INSERT INTO shipment (order_id, state, version, changed_at) VALUES ({orderId}, {none.State}, {none.Version}, {now})
                ON CONFLICT (order_id) DO NOTHING
                """) == 1;
            if (!isTombstone)
                return (await ChangeAsync(tx, orderId, shipment => shipment.Cancel(), note: null, now, once: null)).Shipment!;
            Publish(tx, none);
            return none;
        }, cancellation);

    /// <summary>Changes a shipment as the rules decide.</summary>
    /// <param name="orderId">Which.</param>
    /// <param name="decide">The rules.</param>
    /// <param name="note">For the story of the parcels that change.</param>
    /// <param name="now">The time of the change.</param>
    /// <param name="cancellation">Gives up before the change.</param>
    /// <param name="once">The request that it answers, if it comes under a key.</param>
    public Task<Decision> ChangeAsync(
        string orderId, Func<Shipment, Decision> decide, string? note, DateTimeOffset now, CancellationToken cancellation,
        Once? once = null) =>
        database.WriteAsync(tx => ChangeAsync(tx, orderId, decide, note, now, once), cancellation);

    /// <summary>The shipment; null when there is none.</summary>
    public Task<Shipment?> FindAsync(string orderId, CancellationToken cancellation) =>
        database.ReadAsync(session => FindAsync(session, orderId, Sql.Empty), cancellation);

    /// <summary>The shipment with its contents; null when there is none.</summary>
    public Task<ShipmentDetail?> DetailAsync(string orderId, CancellationToken cancellation) => database.ReadAsync(async session =>
    {
        if (await FindAsync(session, orderId, Sql.Empty) is not { } shipment) return null;
        var (option, grams, address, lines) = await ContentsAsync(session, orderId);
        return new ShipmentDetail(orderId, shipment.State, shipment.Version, option, grams, address, lines, shipment.Parcels);
    }, cancellation);

    /// <summary>
    /// Takes the person out of a shipment of which nothing is on its way; the country stays. False: it is on its way; null:
    /// there is none, or nobody in it any more.
    /// </summary>
    public Task<bool?> ForgetAsync(string orderId, CancellationToken cancellation) => database.WriteAsync<bool?>(async tx =>
    {
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty;
        if (await FindAsync(tx, orderId, rowLock) is not { } shipment) return null;
        var (_, _, address, _) = await ContentsAsync(tx, orderId);
        if (address is null || address.Name == Forgotten) return null;
        if (!shipment.HasEnded) return false;
        var nobody = JsonSerializer.Serialize(
            new Address(Forgotten, Forgotten, null, Forgotten, Forgotten, null, address.Country, null), ShippingJson.Default.Address);
        await tx.ExecuteAsync($"UPDATE shipment SET address = {nobody} WHERE order_id = {orderId}");
        return true;
    }, cancellation);

    /// <summary>What stands where a person was.</summary>
    const string Forgotten = "(forgotten)";

    /// <summary>A parcel's story, the oldest first; empty when there is no such parcel.</summary>
    public Task<List<ParcelEvent>> TrackAsync(string tracking, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT e.state, e.note, e.at FROM parcel AS p JOIN parcel_event AS e ON e.order_id = p.order_id AND e.no = p.no
            WHERE p.tracking = {tracking} ORDER BY e.seq
            """,
            row => new ParcelEvent(row.Text(0), row.TextOrNull(1), row.Time(2)), cancellation), cancellation);

    /// <summary>Parcels on their way that have not moved since a time, those that rest the longest first.</summary>
    public Task<List<(string OrderId, Parcel Parcel)>> RestingAsync(DateTimeOffset since, int max, CancellationToken cancellation) =>
        database.ReadAsync(session => session.QueryAsync(
            $"""
            SELECT order_id, no, tracking, state FROM parcel
            WHERE state IN ('requested', 'handed_over', 'in_transit') AND changed_at <= {since}
            ORDER BY changed_at, order_id, no LIMIT {max}
            """,
            row => (row.Text(0), new Parcel(row.Int(1), row.Text(2), row.Text(3))), cancellation), cancellation);

    static async Task<Decision> ChangeAsync(
        Transaction tx, string orderId, Func<Shipment, Decision> decide, string? note, DateTimeOffset now, Once? once)
    {
        // Locked before its parcels are read: whoever waits for another's change sees all of it. SQLite has one writer anyway.
        var rowLock = tx.Engine == Engine.Postgres ? Sql.Text("FOR UPDATE") : Sql.Empty;
        if (await FindAsync(tx, orderId, rowLock) is not { } before) return ShippingRefusals.ShipmentUnknown;
        var decision = decide(before);
        if (decision.Shipment is not { } after || after == before) return decision;

        if (once is not null) await once.TakeAsync(tx, "/internal/shipments/" + orderId);
        await tx.ExecuteAsync($"""
            UPDATE shipment SET state = {after.State}, version = {after.Version}, changed_at = {now} WHERE order_id = {orderId}
            """);
        foreach (var parcel in after.Parcels.Except(before.Parcels))
        {
            await tx.ExecuteAsync($"""
                UPDATE parcel SET state = {parcel.State}, changed_at = {now} WHERE order_id = {orderId} AND no = {parcel.No}
                """);
            await tx.ExecuteAsync($"""
                INSERT INTO parcel_event (order_id, no, seq, state, note, at)
                SELECT order_id, no, MAX(seq) + 1, {parcel.State}, {note}, {now} FROM parcel_event
                WHERE order_id = {orderId} AND no = {parcel.No} GROUP BY order_id, no
                """);
        }
        Publish(tx, after);
        return after;
    }

    static async Task<Decision> AskedAgainAsync(Transaction tx, string orderId, ShipmentRequest request)
    {
        var shipment = (await FindAsync(tx, orderId, Sql.Empty))!;
        if (shipment.State == ShipmentState.Cancelled) return ShippingRefusals.Cancelled;
        var (option, grams, address, lines) = await ContentsAsync(tx, orderId);
        return request.Asks(option!, address!, grams!.Value, lines) ? shipment : ShippingRefusals.Changed;
    }

    static async Task<Shipment?> FindAsync(Session session, string orderId, Sql rowLock)
    {
        var shipment = await session.FirstAsync(
            $"SELECT state, version FROM shipment WHERE order_id = {orderId} {rowLock}",
            row => new Shipment(orderId, row.Text(0), row.Long(1), []));
        return shipment is null ? null : shipment with
        {
            Parcels = await session.QueryAsync($"SELECT no, tracking, state FROM parcel WHERE order_id = {orderId} ORDER BY no",
                row => new Parcel(row.Int(0), row.Text(1), row.Text(2))),
        };
    }

    static async Task<(string? Option, long? Grams, Address? Address, List<Piece> Lines)> ContentsAsync(Session session, string orderId)
    {
        var (option, grams, address) = await session.FirstAsync(
            $"SELECT option_id, grams, address FROM shipment WHERE order_id = {orderId}",
            row => (row.TextOrNull(0), row.LongOrNull(1), row.TextOrNull(2)));
        var lines = await session.QueryAsync($"SELECT sku, quantity FROM shipment_line WHERE order_id = {orderId} ORDER BY sku",
            row => new Piece(row.Text(0), row.Long(1)));
        return (option, grams, address is null ? null : JsonSerializer.Deserialize(address, ShippingJson.Default.Address), lines);
    }

    static Sql Rows(IEnumerable<Sql> rows) => Sql.Join(", ", rows);

    static void Publish(Transaction tx, Shipment shipment) => tx.Publish("ShipmentChanged", shipment.OrderId, shipment.Version,
        new ShipmentChanged(shipment.OrderId, shipment.State, shipment.Parcels), ShippingJson.Default.ShipmentChanged);
}
