namespace Souk.Auditing.Invariants;

/// <summary>An invariant of the checkout.</summary>
/// <param name="Id">Its number in the design.</param>
/// <param name="Rule">What must hold.</param>
/// <param name="LookAsync">Looks.</param>
/// <param name="IsOfOneMoment">
/// Whether each of its findings comes from one database, so that it is true of one moment; the others are looked at again.
/// </param>
sealed record Invariant(string Id, string Rule, Func<Snapshot, Look, Task> LookAsync, bool IsOfOneMoment = false);

/// <summary>All of them, in order.</summary>
static class Catalogue
{
    public static readonly IReadOnlyList<Invariant> All =
    [
        new("I1", "One order per checkout; none twice per caller and key.", OrderInvariants.OncePerKeyAsync, IsOfOneMoment: true),
        new("I2", "At the provider there is the total of a completed order less what went back, and nothing of one taken back.", MoneyInvariants.ProviderHasTheTotalAsync),
        new("I3", "One capture per order at most; refunded ≤ captured ≤ authorised.", MoneyInvariants.NeverTooMuchAsync, IsOfOneMoment: true),
        new("I4", "Payment's book is the provider's book by key, kind and amount, both ways.", MoneyInvariants.BooksAgreeAsync),
        new("I5", "0 ≤ reserved ≤ on hand; both are the sum of what happened.", StockInvariants.StockAddsUpAsync, IsOfOneMoment: true),
        new("I6", "No SKU is promised more often than there ever was of it.", StockInvariants.NeverOversoldAsync, IsOfOneMoment: true),
        new("I7", "Stock is committed exactly where the order is, and kept for nobody else.", StockInvariants.ReservationFollowsOrderAsync),
        new("I8", "One shipment per parcel, of a paid order, with what was ordered.", ShipmentInvariants.ShipsWhatWasPaidAsync),
        new("I9", "The total is what the accepted quote says, in minor units of one currency.", OrderInvariants.TotalIsTheQuoteAsync, IsOfOneMoment: true),
        new("I10", "The cart lost exactly what was ordered; later lines are still there.", CartInvariants.CartLosesWhatWasOrderedAsync),
        new("I11", "Every move of a saga is allowed, numbered without gaps, none after the end.", OrderInvariants.MovesAreAllowedAsync, IsOfOneMoment: true),
        new("I12", "Of Confirmed, Rejected and Cancelled an order reaches exactly one.", OrderInvariants.OneOutcomeAsync, IsOfOneMoment: true),
        new("I13", "Everything comes to rest.", RestInvariants.ComesToRestAsync),
        new("I14", "Every version of an aggregate is in the outbox, and nothing else is.", EventInvariants.OutboxHasEveryVersionAsync, IsOfOneMoment: true),
        new("I15", "Every event has its one effect at each consumer, and there is no effect without.", EventInvariants.OneEffectPerEventAsync),
        new("I16", "A feed has the versions of an aggregate in order.", EventInvariants.VersionsAscendAsync, IsOfOneMoment: true),
        new("I17", "What a client was told of exists; what was shown as confirmed stays so.", ClientInvariants.ToldIsTrueAsync),
        new("I18", "A refusal captured nothing; an unknown answer is one of the two outcomes.", ClientInvariants.RefusedIsFreeAsync),
        new("I19", "One key and body has one answer.", ClientInvariants.OneAnswerAsync, IsOfOneMoment: true),
        new("I20", "A product's copied version never goes back.", EventInvariants.CopiesNeverGoBackAsync),
        new("I21", "Order, cart and payment are of one user.", ClientInvariants.OneUserAsync),
        new("I22", "Refunds: each part once, no more than was captured, none for longer than a day.", MoneyInvariants.RefundsAddUpAsync),
        new("I23", "A read model is what replaying the feed makes of it.", EventInvariants.ReplayGivesTheCopyAsync),
        new("I24", "Work was done.", RestInvariants.WorkWasDoneAsync),
    ];
}
