using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>
/// What Ordering holds on a person, to be read and to be forgotten. Of orders that have ended and arrived the person goes, and
/// lines and amounts stay, as the law asks; those under way are kept, and said to be. Repeated, it forgets what has ended since.
/// </summary>
static class People
{
    const int Batch = 100;

    // A carrier that tells of no arrival does not keep a person here for ever.
    static readonly TimeSpan ArrivedAfter = TimeSpan.FromDays(30);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/internal/people/{subject}", ReadAsync).WithName("ReadPerson").AllowCallers("settings");
        app.MapDelete("/internal/people/{subject}", ForgetAsync).WithName("ForgetPerson").AllowCallers("settings");
    }

    static async Task<Ok<PersonView>> ReadAsync(string subject, Database database, Checkouts checkouts, CancellationToken cancellation)
    {
        var orders = new List<OrderView>();
        await foreach (var (order, _) in OfAsync(subject, database, cancellation))
        {
            if (await checkouts.FindAsync(order.Id, cancellation) is { } view) orders.Add(view);
        }
        return TypedResults.Ok(new PersonView(orders));
    }

    static async Task<Ok<ForgottenView>> ForgetAsync(
        string subject, Database database, Saga<Refund> refunds, TimeProvider clock, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var (ended, underWay) = (new List<string>(), new List<string>());
        await foreach (var (order, state) in OfAsync(subject, database, cancellation))
        {
            var isForgotten = HasEnded(order, state, now) && await database.WriteAsync(async tx =>
            {
                if (await OrderStore.FindLockedAsync(tx, order.Id) is not { } locked) return false;
                foreach (var refund in await RefundStore.IdsAsync(tx, order.Id))
                {
                    if (await refunds.FindAsync(tx, refund) is { State: not ("Refunded" or "PartiallyRefunded") }) return false;
                }
                await OrderStore.ForgetAsync(tx, locked);
                return true;
            }, cancellation);
            (isForgotten ? ended : underWay).Add(order.Id);
        }
        List<KeptView> kept = [];
        if (ended.Count > 0) kept.Add(new KeptView("amounts", ended.Count, "law"));
        if (underWay.Count > 0) kept.Add(new KeptView("orders", underWay.Count, "under_way"));
        return TypedResults.Ok(new ForgottenView([new ErasedView("orders", ended.Count, ended)], kept));
    }

    static bool HasEnded(Order order, string state, DateTimeOffset now) => state switch
    {
        "Rejected" or "Cancelled" => true,
        "Completed" => order.Shipment is { State: "delivered" or "cancelled" } || now - order.PlacedAt > ArrivedAfter,
        _ => false,
    };

    static async IAsyncEnumerable<(Order Order, string State)> OfAsync(
        string subject, Database database, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        PageCursor? after = null;
        while (true)
        {
            var page = await database.ReadAsync(
                session => OrderStore.NewestAsync(session, new OrderFilter(Customer: subject), after, Batch, cancellation), cancellation);
            foreach (var one in page) yield return one;
            if (page.Count < Batch) yield break;
            after = new PageCursor(page[^1].Order.PlacedAt, page[^1].Order.Id);
        }
    }
}

/// <summary>What stands where a person was.</summary>
static class Forgotten
{
    public const string Subject = "forgotten";
    public const string Text = "(forgotten)";

    /// <summary>Mail for it goes nowhere, for ever (RFC 2606).</summary>
    public const string Email = "forgotten@forgotten.invalid";

    /// <summary>Takes the person out of an event's data.</summary>
    public static void Erase(JsonObject data)
    {
        if (data.ContainsKey("email")) data["email"] = Email;
        if (data.ContainsKey("name")) data["name"] = Text;
        if (data["address"] is not JsonObject address) return;
        foreach (var member in address.Select(member => member.Key).Where(member => member != "country").ToList())
        {
            address[member] = address[member] is null ? null : Text;
        }
    }
}

/// <summary>All that Ordering holds on a person.</summary>
sealed record PersonView(IReadOnlyList<OrderView> Orders);

/// <summary>What was erased, and what was kept and why.</summary>
sealed record ForgottenView(IReadOnlyList<ErasedView> Erased, IReadOnlyList<KeptView> Kept);

/// <summary>So many of something are gone, and which: other services know them by their ids alone.</summary>
sealed record ErasedView(string What, int Count, IReadOnlyList<string> Ids);

/// <summary>So many of something are still there, and why: <c>law</c>, or <c>under_way</c> and to be asked for again.</summary>
sealed record KeptView(string What, int Count, string Why);
