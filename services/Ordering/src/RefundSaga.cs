using Turn = Souk.Platform.Sagas.Turn<Souk.Ordering.Refund>;

namespace Souk.Ordering;

/// <summary>
/// Takes back what was confirmed: stops the shipment where nothing is left to send, gives the money back part by part,
/// and puts the pieces back on the shelf. Each call is named, so a repeat is the same call.
/// </summary>
sealed class RefundSaga(PaymentClient payment, ShippingClient shipping, InventoryClient inventory)
{
    public const string Name = "refund";

    /// <summary>So often a definite no is asked again before somebody has to look: a provider's no may be a passing one.</summary>
    public const int RefusalsMax = 5;

    public SagaPlan<Refund> Plan() => new SagaPlan<Refund>(Name, "RefundRequested")
        .Step("RefundRequested", ["ShipmentStopped", "ShipmentGone"], StopShipmentAsync)
        .Step("ShipmentStopped", ["Refunding"], (_, _, _) => Task.FromResult(Turn.To("Refunding")), isDurable: false)
        .Step("ShipmentGone", ["Refunding"], (_, _, _) => Task.FromResult(Turn.To("Refunding")), isDurable: false)
        .Step("Refunding", ["Refunded", "PartiallyRefunded", "NeedsAttention"], RefundAsync, isDurable: false,
            giveUpAfter: TimeSpan.FromHours(24), giveUpTo: "NeedsAttention")
        .Rest("Refunded")
        .Rest("PartiallyRefunded")
        .Rest("NeedsAttention", "Refunding");

    async Task<Turn> StopShipmentAsync(Refund refund, SagaState run, CancellationToken cancellation) =>
        // A part of an order is sent on as it was packed.
        refund.StopsShipment && await shipping.CancelAsync(refund.Order.Id, cancellation)
            ? Turn.To("ShipmentStopped") : Turn.To("ShipmentGone");

    Task<Turn> RefundAsync(Refund refund, SagaState run, CancellationToken cancellation) =>
        refund.IsReversal ? ReverseAsync(refund, cancellation) : GiveBackAsync(refund, run, cancellation);

    async Task<Turn> GiveBackAsync(Refund refund, SagaState run, CancellationToken cancellation)
    {
        var parts = new List<RefundPart>();
        foreach (var part in refund.Parts) parts.Add(part.IsBack ? part : await GiveBackAsync(refund, part, cancellation));
        Task<Refund> Record(Transaction tx, Refund now) => RefundStore.PartsAsync(tx, now, parts);

        var open = parts.Where(part => !part.IsBack).ToList();
        if (open.Count > 0)
        {
            return open.All(part => part.State == RefundPart.Refused) && run.Attempt >= RefusalsMax
                ? Turn.To("NeedsAttention", Record) : Turn.Again("not all is back", Record);
        }
        if (refund.Pieces.Count > 0 && !await TryRestockAsync(refund, cancellation)) return Turn.Again("not restocked", Record);
        return Turn.To(refund.IsLast ? "Refunded" : "PartiallyRefunded", Record);
    }

    async Task<RefundPart> GiveBackAsync(Refund refund, RefundPart part, CancellationToken cancellation)
    {
        try
        {
            var amount = new Money(part.Amount, refund.Order.Agreed.Total.Currency);
            var answer = part.Amount == 0 ? new PaymentAnswer("refunded")
                : await payment.RefundAsync(refund.Order.Id, part.Key, amount, refund.Reason, cancellation);
            return part with
            {
                State = answer.State switch { "refunded" => RefundPart.Refunded, "refused" => RefundPart.Refused, _ => RefundPart.Open },
            };
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            // No answer is no no: this part is asked again, the others go on.
            return part with { State = RefundPart.Open };
        }
    }

    async Task<bool> TryRestockAsync(Refund refund, CancellationToken cancellation)
    {
        try
        {
            await inventory.RestockAsync(refund.Id, refund.Order.Id, refund.Pieces, cancellation);
            return true;
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            // What has come back of the money is recorded meanwhile.
            return false;
        }
    }

    async Task<Turn> ReverseAsync(Refund refund, CancellationToken cancellation)
    {
        var isVoid = (await payment.VoidAsync(refund.Order.Id, cancellation)).State == "voided";
        await inventory.PutStateAsync(refund.Order.Id, "released", null, cancellation);
        return isVoid
            ? Turn.To("Refunded", async (tx, now) => now with { Order = await OrderStore.ReverseAsync(tx, now.Order, now.Reason) })
            : Turn.Again("not voided yet");
    }
}
