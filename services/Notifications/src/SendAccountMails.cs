using System.Net;
using System.Text.Json.Serialization;

namespace Souk.Notifications;

/// <summary>
/// Sends mails about accounts. Address and link are asked of Login when a mail goes out and are kept nowhere; one whose link
/// is used or too old by then is not sent. While Login or the mail server is away, mails wait and none is counted as tried.
/// </summary>
sealed class SendAccountMails(AccountMailStore store, AccountClient login, IPost post, Sender from, TimeProvider clock, ILogger<SendAccountMails> logger) : IPump
{
    const int RoundMax = 200;
    static readonly TimeSpan UntilLoginIsBack = TimeSpan.FromSeconds(2);

    public string Name => "account mails";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(500);

    public TimeSpan Rest => Idle;

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if (!await store.HasDueAsync(clock.GetUtcNow(), cancellation)) return false;
        var tried = 0;
        try
        {
            while (tried < RoundMax)
            {
                await post.OpenAsync(cancellation);
                if (await store.TakeAsync(clock.GetUtcNow(), cancellation) is not { } mail) break;
                if (!await SendAsync(mail, cancellation)) break;
                tried++;
            }
        }
        finally
        {
            await post.CloseAsync(cancellation);
        }
        return tried > 0;
    }

    /// <returns>False: Login is away, and the others need not be tried.</returns>
    async Task<bool> SendAsync(AccountMail mail, CancellationToken cancellation)
    {
        AccountMailView? view;
        try
        {
            view = await login.ReadAsync(mail.MailId, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            await store.PutBackAsync(mail, clock.GetUtcNow() + UntilLoginIsBack, error.GetType().Name, isCounted: false);
            return false;
        }
        if (view is null || view.ExpiresAt <= clock.GetUtcNow() || AccountLetters.Of(view) is not { } letter)
        {
            await store.EndAsync(mail, "void", clock.GetUtcNow());
            return true;
        }
        try
        {
            var whole = new Mail(mail.MailId, "", mail.Kind, OneLine.Of(view.Address), "", letter.Write(), mail.WantedAt, mail.Attempts);
            using var message = whole.ToMessage(from);
            await post.DeliverAsync(whole, message, cancellation);
            await store.EndAsync(mail, "sent", clock.GetUtcNow());
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // The kind of error alone: a server's words may repeat the address.
            logger.LogWarning("Mail {Mail} was not sent at attempt {Attempt}: {Error}", mail.MailId, mail.Attempts, error.GetType().Name);
            if (mail.Attempts >= Mail.AttemptsMax) await store.EndAsync(mail, "failed", clock.GetUtcNow(), error.GetType().Name);
            else await store.PutBackAsync(mail, clock.GetUtcNow() + Mail.PauseAfter(mail.Attempts), error.GetType().Name, isCounted: true);
        }
        return true;
    }
}

/// <summary>What the mails about accounts say.</summary>
static class AccountLetters
{
    /// <summary>Null: a kind that this release knows nothing of.</summary>
    public static Letter? Of(AccountMailView mail) => mail.Kind switch
    {
        "confirm" => Write(mail, "Confirm your e-mail address", "Welcome to Souk. Follow the link to confirm that this address is yours.", "Confirm your address",
            "The link is good for a day. If you did not ask for an account, leave this mail: nothing happens."),
        "known" => Write(mail, "You have an account already", "Somebody, you perhaps, wanted to make an account with this address. It has one already.", "Choose a new password",
            "If you have forgotten your password, follow the link. If it was not you, leave this mail: nothing has changed."),
        "reset" => Write(mail, "Choose a new password", "You have asked for a new password.", "Choose a new password",
            "The link is good for ten minutes, and once. If it was not you, leave this mail: your password stays as it is."),
        "email" => Write(mail, "Confirm your new e-mail address", "Follow the link, and from then on you sign in with this address.", "Confirm your new address",
            "The link is good for a day. If you did not ask for this, leave this mail: nothing happens."),
        "changed" => Write(mail, "Your account was changed", "Your password, your address, a passkey or your second factor was changed.", "See your account",
            "If it was not you, choose a new password at once: everybody who is signed in will be signed out."),
        _ => null,
    };

    static Letter Write(AccountMailView mail, string subject, string opening, string link, string closing) =>
        new(subject, "", opening, [], [closing], new Uri(mail.Link, UriKind.Absolute), link);
}

/// <summary>Asks Login for a mail at the moment of sending.</summary>
sealed class AccountClient(HttpClient http)
{
    /// <returns>Null: its link is used or too old, or it was never wanted.</returns>
    public async Task<AccountMailView?> ReadAsync(string mailId, CancellationToken cancellation)
    {
        using var answer = await http.GetAsync("/internal/mails/" + Uri.EscapeDataString(mailId), cancellation);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync(LoginJson.Default.AccountMailView, cancellation);
    }
}

/// <summary>Login's event: a mail is wanted.</summary>
sealed record AccountMailWanted(string MailId, string Kind);

/// <summary>Login's answer.</summary>
sealed record AccountMailView(string Kind, string Address, string Link, DateTimeOffset ExpiresAt);

/// <summary>Strict where it matters: an event without an id is put aside.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AccountMailWanted))]
[JsonSerializable(typeof(AccountMailView))]
sealed partial class LoginJson : JsonSerializerContext;
