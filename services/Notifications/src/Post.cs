using System.Net;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Souk.Notifications;

/// <summary>Where mails go. Opened before a mail is taken up: while the post is closed, no mail uses up an attempt.</summary>
interface IPost
{
    /// <summary>Opens it; nothing happens when it is open.</summary>
    Task OpenAsync(CancellationToken cancellation);

    /// <summary>Hands a mail in. What it throws is this mail's own failure.</summary>
    Task DeliverAsync(Mail mail, MimeMessage message, CancellationToken cancellation);

    /// <summary>Closes it until the next round.</summary>
    Task CloseAsync(CancellationToken cancellation);
}

/// <summary>A file for each mail, named by its event: handed in twice, it is there once.</summary>
sealed class FolderPost(string folder) : IPost
{
    public Task OpenAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    public Task DeliverAsync(Mail mail, MimeMessage message, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, mail.Name + ".eml");
        // Whole or not at all, and on this thread: the simulation has no other.
        var draft = file + ".part";
        message.WriteTo(draft, cancellation);
        File.Move(draft, file, overwrite: true);
        return Task.CompletedTask;
    }

    public Task CloseAsync(CancellationToken cancellation) => Task.CompletedTask;
}

/// <summary>An SMTP server. Cut off between handing in and noting it, a mail goes twice, under the same Message-Id.</summary>
sealed class SmtpPost(SmtpAddress address) : IPost, IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly SmtpClient _client = new() { Timeout = (int)Patience.TotalMilliseconds };

    public async Task OpenAsync(CancellationToken cancellation)
    {
        if (_client.IsConnected) return;
        await _client.ConnectAsync(address.Host, address.Port, address.Security, cancellation);
        try
        {
            if (address.Login is not null) await _client.AuthenticateAsync(address.Login, cancellation);
        }
        catch
        {
            // Half open would pass for open at the next try.
            await CloseAsync(CancellationToken.None);
            throw;
        }
    }

    public Task DeliverAsync(Mail mail, MimeMessage message, CancellationToken cancellation) => _client.SendAsync(message, cancellation);

    public Task CloseAsync(CancellationToken cancellation) => _client.DisconnectAsync(quit: true, cancellation);

    public void Dispose() => _client.Dispose();
}

/// <summary>An SMTP server's address: <c>smtp://user:pass@host:587</c>, or <c>smtps://…</c> where TLS comes first.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Port">Default: 25, and 465 for smtps.</param>
/// <param name="Security">How the line is made private.</param>
/// <param name="Login">Null: it asks for none.</param>
sealed record SmtpAddress(string Host, int Port, SecureSocketOptions Security, NetworkCredential? Login)
{
    /// <exception cref="InvalidOperationException">The text is none.</exception>
    public static SmtpAddress Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("smtp" or "smtps") || uri.Host.Length == 0)
            // Without the text: there may be a password in it.
            throw new InvalidOperationException("Notifications:Smtp looks like smtp://user:password@host:587, or smtps://….");
        var login = uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password]
            ? new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password))
            : null;
        var isImplicit = uri.Scheme == "smtps";
        // A password never goes over a network in the clear, even if somebody on the way says that the server has no TLS.
        var security = isImplicit ? SecureSocketOptions.SslOnConnect
            : login is not null && !uri.IsLoopback ? SecureSocketOptions.StartTls
            : SecureSocketOptions.StartTlsWhenAvailable;
        return new SmtpAddress(uri.Host, uri.Port > 0 ? uri.Port : isImplicit ? 465 : 25, security, login);
    }
}
