using System.Text.Json;

namespace Souk.Settings;

/// <summary>All that the store holds on a person, as it comes in. Its progress is its saga's state.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Subject">Whom it is about, and who alone may read it.</param>
/// <param name="RequestedAt">When they asked.</param>
/// <param name="Parts">What each service answered so far: a JSON object.</param>
/// <param name="DoneAt">When the last part was there.</param>
/// <param name="ExpiresAt">Seven days later: then nobody can read it any more.</param>
sealed record Export(
    string Id, string Subject, DateTimeOffset RequestedAt, IReadOnlyDictionary<string, string> Parts, DateTimeOffset? DoneAt,
    DateTimeOffset? ExpiresAt)
{
    public const int KeptMax = 5;
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public static Export New(string id, string subject, DateTimeOffset now) =>
        new(id, subject, now, new Dictionary<string, string>(), null, null);
}

/// <summary>An export as its owner sees it: <c>collecting</c> or <c>done</c>, and then the document, with a part a service.</summary>
sealed record ExportView(
    string Id, string State, DateTimeOffset RequestedAt, IReadOnlyList<string> Answered, DateTimeOffset? DoneAt, DateTimeOffset? ExpiresAt,
    IReadOnlyDictionary<string, JsonElement>? Document)
{
    public static ExportView Of(Export export) => new(
        export.Id, export.DoneAt is null ? "collecting" : "done", export.RequestedAt,
        [.. export.Parts.Keys.Order(StringComparer.Ordinal)], export.DoneAt, export.ExpiresAt,
        export.DoneAt is null ? null : new SortedDictionary<string, JsonElement>(
            export.Parts.ToDictionary(part => part.Key, part => JsonElement.Parse(part.Value)), StringComparer.Ordinal));
}

/// <summary>Settings' own part of an export.</summary>
sealed record PersonExport(
    ProfileView Profile, IReadOnlyList<AddressView> Addresses, NotificationsView Notifications, IReadOnlyList<Consent> Consents)
{
    public static PersonExport Of(Person person) => new(
        ProfileView.Of(person), AddressView.Of(person), NotificationsView.Of(person), person.Consents);
}
