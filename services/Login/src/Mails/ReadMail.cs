using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Souk.Login.Accounts;

namespace Souk.Login.Mails;

/// <summary>Where a mail goes and what it links to, for Notifications at the moment of sending; 404 once its link is used or too old.</summary>
static class ReadMail
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/internal/mails/{mailId}", HandleAsync).WithName("ReadMail").AllowCallers("notifications");

    static async Task<Results<Ok<MailView>, Refusal>> HandleAsync(
        string mailId, MailStore mails, MailLinks links, UserManager<Account> accounts, CancellationToken cancellation) =>
        await mails.FindAsync(mailId, cancellation) is { } mail && await accounts.FindByIdAsync(mail.Subject) is { Email: { } email }
            ? TypedResults.Ok(new MailView(mail.Id, mail.Kind, "en", mail.NewAddress ?? email, links.LinkOf(mail).AbsoluteUri, mail.ExpiresAt))
            : LoginRefusals.MailUnknown;
}

/// <summary>A mail at the moment of sending. Neither address nor link is to be kept.</summary>
sealed record MailView(string MailId, string Kind, string Locale, string Address, string Link, DateTimeOffset ExpiresAt);
