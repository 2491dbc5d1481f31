using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>What is common to every answer about a person's settings.</summary>
static class PersonView
{
    /// <summary>One part of a person's settings; the version of them all is its ETag.</summary>
    public static Ok<T> Answer<T>(HttpResponse response, Person person, T part)
    {
        response.Headers.ETag = $"\"{person.Version}\"";
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(part);
    }

    public static Ok<ProfileView> Profile(HttpResponse response, Person person) =>
        Answer(response, person, ProfileView.Of(person));

    public static Ok<AddressList> Addresses(HttpResponse response, Person person) =>
        Answer(response, person, new AddressList(person.Version, AddressView.Of(person)));

    public static Ok<NotificationsView> Notifications(HttpResponse response, Person person) =>
        Answer(response, person, NotificationsView.Of(person));

    public static Ok<ConsentsView> Consents(HttpResponse response, Person person) =>
        Answer(response, person, ConsentsView.Of(person));
}

/// <summary>Somebody's profile.</summary>
sealed record ProfileView(string Subject, long Version, string? DisplayName, string Locale, string Currency)
{
    public static ProfileView Of(Person person) => new(
        person.Subject, person.Version, person.Profile.DisplayName, person.Profile.Locale, person.Profile.Currency);
}

/// <summary>Somebody's addresses, in the order in which they were added.</summary>
sealed record AddressList(long Version, IReadOnlyList<AddressView> Items);

/// <summary>An address; the default is offered first at a checkout.</summary>
sealed record AddressView(
    string Id, bool IsDefault, string Name, string Line1, string? Line2, string City, string PostalCode, string? Region,
    string Country, string? Phone)
{
    public static IReadOnlyList<AddressView> Of(Person person) => [.. person.Addresses.Select(known => new AddressView(
        known.Id, known.IsDefault, known.Address.Name, known.Address.Line1, known.Address.Line2, known.Address.City,
        known.Address.PostalCode, known.Address.Region, known.Address.Country, known.Address.Phone))];
}

/// <summary>Which mails somebody wants.</summary>
sealed record NotificationsView(long Version, bool OrderUpdates, bool CartReminders, bool Newsletter)
{
    public static NotificationsView Of(Person person) => new(
        person.Version, person.Choices.OrderUpdates, person.Choices.CartReminders, person.Choices.Newsletter);
}

/// <summary>What somebody agreed to as it stands, and every decision that led there, the first first.</summary>
sealed record ConsentsView(long Version, IReadOnlyList<Consent> Current, IReadOnlyList<Consent> History)
{
    public static ConsentsView Of(Person person) => new(
        person.Version,
        [.. person.Consents.GroupBy(consent => consent.Purpose, StringComparer.Ordinal).Select(decisions => decisions.Last())
            .OrderBy(consent => consent.Purpose, StringComparer.Ordinal)],
        person.Consents);
}

/// <summary>What Settings reads and writes over HTTP, and keeps as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ProfileView))]
[JsonSerializable(typeof(AddressList))]
[JsonSerializable(typeof(NotificationsView))]
[JsonSerializable(typeof(ConsentsView))]
[JsonSerializable(typeof(PutProfileRequest))]
[JsonSerializable(typeof(PutAddressRequest))]
[JsonSerializable(typeof(PutNotificationsRequest))]
[JsonSerializable(typeof(PutConsentRequest))]
[JsonSerializable(typeof(PersonExport))]
[JsonSerializable(typeof(ExportView))]
[JsonSerializable(typeof(EraseRequest))]
[JsonSerializable(typeof(ErasureView))]
[JsonSerializable(typeof(IReadOnlyList<ErasedPart>))]
[JsonSerializable(typeof(IReadOnlyList<KeptPart>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(PersonOrders))]
[JsonSerializable(typeof(RefusalAnswer))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(string))]
sealed partial class SettingsJson : JsonSerializerContext;
