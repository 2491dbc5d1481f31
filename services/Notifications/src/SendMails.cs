namespace Souk.Notifications;

/// <summary>
/// Sends what is queued. A mail is taken up by one replica at a time; one that is refused is tried again later, up to
/// six times, and holds up no other. While the server is away, all of them wait and none is counted as tried.
/// </summary>
sealed class SendMails(MailStore store, IPost post, Sender from, TimeProvider clock, ILogger<SendMails> logger) : IPump
{
    const int RoundMax = 200;

    public string Name => "mails";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(500);

    public TimeSpan Rest => Idle;

    public async Task<bool> StepAsync(CancellationToken cancellation)
    {
        if (!await store.HasDueAsync(clock.GetUtcNow(), cancellation)) return false;
        var tried = 0;
        Mail? gone = null;
        try
        {
            while (tried < RoundMax)
            {
                await post.OpenAsync(cancellation);
                // One commit for two: what is gone is noted where the next is taken up.
                var mail = await store.TakeAsync(clock.GetUtcNow(), cancellation, gone);
                gone = null;
                if (mail is null) break;
                if (await TrySendAsync(mail, cancellation)) gone = mail;
                tried++;
            }
        }
        finally
        {
            // Gone is gone, whoever asks to stop.
            if (gone is not null) await store.SentAsync(gone, clock.GetUtcNow());
            await post.CloseAsync(cancellation);
        }
        return tried > 0;
    }

    async Task<bool> TrySendAsync(Mail mail, CancellationToken cancellation)
    {
        try
        {
            using var message = mail.ToMessage(from);
            await post.DeliverAsync(mail, message, cancellation);
            return true;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            var isLast = mail.Attempts >= Mail.AttemptsMax;
            // The event and not the address: logs are read by more people than mails.
            logger.LogWarning("Mail {Event} was not sent at attempt {Attempt}: {Error}",
                mail.EventId, mail.Attempts, error.GetType().Name);
            await store.FailedAsync(mail, OneLine.Of(error.Message), isLast ? null : clock.GetUtcNow() + mail.Pause);
            return false;
        }
    }
}
