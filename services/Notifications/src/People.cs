using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Notifications;

/// <summary>
/// What Notifications holds on a person, who is known here by their orders alone: the mails about them, to be read, and to be
/// forgotten once they are sent. Repeated, it forgets what has been sent since.
/// </summary>
static class People
{
    const int OrdersMax = 1000;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/internal/people/export", ReadAsync).WithName("ReadPerson").AllowCallers("settings");
        app.MapPost("/internal/people/erase", ForgetAsync).WithName("ForgetPerson").AllowCallers("settings");
    }

    static async Task<Results<Ok<PersonView>, Refusal>> ReadAsync(PersonOrders body, MailStore store, CancellationToken cancellation)
    {
        if (body is not { Orders: { Count: <= OrdersMax } orders }) return MailRefusals.OrdersInvalid;
        var mails = new List<PersonMail>();
        foreach (var order in orders.OfType<string>().Distinct()) mails.AddRange(await store.TextsOfOrderAsync(order, cancellation));
        return TypedResults.Ok(new PersonView(mails));
    }

    static async Task<Results<Ok<ForgottenView>, Refusal>> ForgetAsync(PersonOrders body, MailStore store, CancellationToken cancellation)
    {
        if (body is not { Orders: { Count: <= OrdersMax } orders }) return MailRefusals.OrdersInvalid;
        var (erased, waiting) = (0, 0);
        foreach (var order in orders.OfType<string>().Distinct())
        {
            var (gone, kept) = await store.ForgetAsync(order, cancellation);
            (erased, waiting) = (erased + gone, waiting + kept);
        }
        return TypedResults.Ok(new ForgottenView(
            [new ErasedView("mails", erased)], waiting == 0 ? [] : [new KeptView("mails", waiting, "under_way")]));
    }
}

/// <summary>A person's orders, by id.</summary>
sealed record PersonOrders(IReadOnlyList<string?>? Orders);

/// <summary>All that Notifications holds on a person.</summary>
sealed record PersonView(IReadOnlyList<PersonMail> Mails);

/// <summary>A mail as the person who got it, or will, is shown it.</summary>
sealed record PersonMail(string OrderId, string Kind, string Recipient, string RecipientName, string Subject, string Text, DateTimeOffset WrittenAt, string State);

/// <summary>What was erased, and what was kept and why.</summary>
sealed record ForgottenView(IReadOnlyList<ErasedView> Erased, IReadOnlyList<KeptView> Kept);

/// <summary>So many of something are gone.</summary>
sealed record ErasedView(string What, int Count);

/// <summary>So many of something are still there, and why: <c>under_way</c>, to be asked for again.</summary>
sealed record KeptView(string What, int Count, string Why);
