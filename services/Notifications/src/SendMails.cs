namespace Souk.Notifications;

/// <summary>
/// Sends what is queued. A mail is taken up by one replica at a time; one that is refused is tried again later, up to
/// six times, and holds up no other. While the server is away, all of them wait and none is counted as tried.
/// </summary>
sealed class SendMails(MailStore store, IPost post, Sender from, TimeProvider clock, ILogger<SendMails> logger) : IPump
{
    const int RoundMax = 50;

    public string Name => "mails";

    public TimeSpan Idle => TimeSpan.FromMilliseconds(500);

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
                await SendAsync(mail, cancellation);
                tried++;
            }
        }
        finally
        {
            await post.CloseAsync(cancellation);
        }
        return tried > 0;
    }

    async Task SendAsync(Mail mail, CancellationToken cancellation)
    {
        try
        {
            using var message = mail.ToMessage(from);
            await post.DeliverAsync(mail, message, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            var isLast = mail.Attempts >= Mail.AttemptsMax;
            // The event and not the address: logs are read by more people than mails.
            logger.LogWarning("Mail {Event} was not sent at attempt {Attempt}: {Error}",
                mail.EventId, mail.Attempts, error.GetType().Name);
            await store.FailedAsync(mail, OneLine.Of(error.Message), isLast ? null : clock.GetUtcNow() + mail.Pause);
            return;
        }
        // Gone is gone, whoever asks to stop.
        await store.SentAsync(mail, clock.GetUtcNow());
    }
}
