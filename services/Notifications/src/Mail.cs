using System.Text.Json.Serialization;
using MimeKit;
using MimeKit.Text;

namespace Souk.Notifications;

/// <summary>A mail about one event: written once, sent until it is gone or has failed too often.</summary>
/// <param name="EventId">What it is about; unique.</param>
/// <param name="OrderId">Whose order.</param>
/// <param name="Kind">The event's type.</param>
/// <param name="Recipient">The customer's address, as it was given.</param>
/// <param name="RecipientName">The customer's name.</param>
/// <param name="Letter">What it says.</param>
/// <param name="WrittenAt">When the event happened: the mail's date, however late it goes.</param>
/// <param name="Attempts">How often it was tried, this time included.</param>
sealed record Mail(
    string EventId, string OrderId, string Kind, string Recipient, string RecipientName, WrittenLetter Letter,
    DateTimeOffset WrittenAt, int Attempts)
{
    /// <summary>So often a mail is tried: for about three hours, which outlasts a recipient's greylist.</summary>
    public const int AttemptsMax = 6;

    /// <summary>Whoever tries a mail has it for so long; if it ends meanwhile, another tries again.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(2);

    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The event's id as a plain word: the name of the mail's file and the left half of its Message-Id. The last part of
    /// the id is the version, so two events never share a word.
    /// </summary>
    public string Name => Uri.EscapeDataString(
        EventId.LastIndexOf('/') is > 0 and var slash ? EventId[..slash] + "-" + EventId[(slash + 1)..] : EventId);

    /// <summary>How long to wait after this attempt.</summary>
    public TimeSpan Pause => PauseAfter(Attempts);

    /// <summary>How long a mail waits after so many attempts.</summary>
    public static TimeSpan PauseAfter(int attempts) => FirstPause * Math.Pow(4, attempts - 1);

    /// <summary>The mail as it goes over the wire: the same bytes at every attempt.</summary>
    /// <exception cref="ParseException">The recipient is no address.</exception>
    public MimeMessage ToMessage(Sender from)
    {
        var body = new MultipartAlternative
        {
            new TextPart(TextFormat.Plain) { Text = Letter.Text, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
            new TextPart(TextFormat.Html) { Text = Letter.Html, ContentTransferEncoding = ContentEncoding.QuotedPrintable },
        };
        // Quoted-printable never holds "=-", so no part is mistaken for the line between them.
        body.Boundary = "=-souk";
        return new MimeMessage
        {
            MessageId = $"{Name}@{from.Domain}",
            Date = WrittenAt,
            From = { from.Address },
            To = { new MailboxAddress(RecipientName, MailboxAddress.Parse(Recipient).Address) },
            Subject = Letter.Subject,
            Headers = { { HeaderId.AutoSubmitted, "auto-generated" } },
            Body = body,
        };
    }
}

/// <summary>Whom the mails come from.</summary>
sealed record Sender(MailboxAddress Address)
{
    public string Domain => Address.Domain;

    public static Sender Parse(string text) =>
        MailboxAddress.TryParse(text, out var address) && address.Domain.Length > 0
            ? new Sender(address)
            : throw new InvalidOperationException($"Notifications:From is no address: '{text}'. It looks like 'Shop <orders@example.com>'.");
}

/// <summary>Every no that Notifications says.</summary>
static class MailRefusals
{
    public static readonly Refusal OrderInvalid = Refusal.BadRequest("notifications.mails.order_invalid",
        "Say whose mails: ?order=ID, 1 to 200 characters.");

    public static readonly Refusal OrdersInvalid = Refusal.BadRequest("notifications.people.orders_invalid",
        "orders is a list of at most 1000 orders' ids.");
}

/// <summary>JSON of the service's own answers.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MailsView))]
[JsonSerializable(typeof(PersonOrders))]
[JsonSerializable(typeof(PersonView))]
[JsonSerializable(typeof(ForgottenView))]
sealed partial class NotificationsJson : JsonSerializerContext;
