using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Storefront;

/// <summary>What the shop asks of Settings, for whoever has signed in.</summary>
public interface ISettings
{
    Task<Profile> ProfileAsync(CancellationToken cancellation);

    Task<SavedAddresses> AddressesAsync(CancellationToken cancellation);

    Task<MailChoices> MailsAsync(CancellationToken cancellation);

    Task<Answer<Profile>> PutAsync(ProfilePut profile, long version, CancellationToken cancellation);

    /// <summary>Adds or replaces the address of an id that the page made up: sent twice, it is one.</summary>
    Task<Answer<SavedAddresses>> PutAddressAsync(string id, AddressPut address, CancellationToken cancellation);

    Task<Answer<SavedAddresses>> RemoveAddressAsync(string id, CancellationToken cancellation);

    Task<Answer<MailChoices>> PutMailsAsync(MailChoices choices, CancellationToken cancellation);

    /// <summary>Asks for all that the store holds on somebody.</summary>
    Task<Answer<Export>> ExportAsync(string key, CancellationToken cancellation);

    /// <summary>How far an export is; with its document once it is done.</summary>
    Task<Answer<Export>> ExportOfAsync(string id, CancellationToken cancellation);

    /// <summary>Asks for the account and all that is held on it to go.</summary>
    Task<Answer<Erasure>> EraseAsync(string key, CancellationToken cancellation);

    Task<Answer<Erasure>> ErasureAsync(string id, CancellationToken cancellation);
}

public sealed record Profile(long Version, string? DisplayName = null, string? Locale = null, string? Currency = null);

public sealed record ProfilePut(string? DisplayName, string? Locale, string? Currency);

public sealed record SavedAddresses(IReadOnlyList<SavedAddress> Items);

public sealed record SavedAddress(
    string Id, string Name, string Line1, string City, string PostalCode, string Country, string? Line2 = null, string? Region = null,
    string? Phone = null, bool IsDefault = false)
{
    public Address Address => new()
    {
        Name = Name,
        Line1 = Line1,
        Line2 = Line2,
        City = City,
        PostalCode = PostalCode,
        Region = Region,
        Country = Country,
        Phone = Phone,
    };

    /// <summary>As the fields of a form.</summary>
    public IReadOnlyDictionary<string, string> Typed => new Dictionary<string, string>
    {
        ["name"] = Name,
        ["line1"] = Line1,
        ["line2"] = Line2 ?? "",
        ["city"] = City,
        ["postal_code"] = PostalCode,
        ["region"] = Region ?? "",
        ["country"] = Country,
        ["phone"] = Phone ?? "",
    };
}

public sealed record AddressPut(
    string Name, string Line1, string City, string PostalCode, string Country, string? Line2, string? Region, string? Phone, bool IsDefault);

public sealed record MailChoices(bool OrderUpdates, bool CartReminders, bool Newsletter);

public sealed record Export(string Id, string State, IReadOnlyList<string>? Answered = null, IReadOnlyDictionary<string, JsonElement>? Document = null);

public sealed record EraseRequest(string Confirm);

public sealed record Erasure(string Id, string State, string? Reason = null);

/// <summary>Asks Settings over HTTP.</summary>
sealed class SettingsClient(HttpClient http) : ISettings
{
    const string Me = "/api/settings/me";

    public Task<Profile> ProfileAsync(CancellationToken cancellation) => GetAsync(Me, Wire.Default.Profile, cancellation);

    public Task<SavedAddresses> AddressesAsync(CancellationToken cancellation) => GetAsync(Me + "/addresses", Wire.Default.SavedAddresses, cancellation);

    public Task<MailChoices> MailsAsync(CancellationToken cancellation) => GetAsync(Me + "/notifications", Wire.Default.MailChoices, cancellation);

    public Task<Answer<Profile>> PutAsync(ProfilePut profile, long version, CancellationToken cancellation)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, Me) { Content = JsonContent.Create(profile, Wire.Default.ProfilePut) };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        return SendAsync(request, Wire.Default.Profile, cancellation);
    }

    public Task<Answer<SavedAddresses>> PutAddressAsync(string id, AddressPut address, CancellationToken cancellation) => SendAsync(
        new HttpRequestMessage(HttpMethod.Put, At(id)) { Content = JsonContent.Create(address, Wire.Default.AddressPut) }, Wire.Default.SavedAddresses, cancellation);

    public Task<Answer<SavedAddresses>> RemoveAddressAsync(string id, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, At(id)), Wire.Default.SavedAddresses, cancellation);

    public Task<Answer<MailChoices>> PutMailsAsync(MailChoices choices, CancellationToken cancellation) => SendAsync(
        new HttpRequestMessage(HttpMethod.Put, Me + "/notifications") { Content = JsonContent.Create(choices, Wire.Default.MailChoices) },
        Wire.Default.MailChoices, cancellation);

    public Task<Answer<Export>> ExportAsync(string key, CancellationToken cancellation) =>
        SendAsync(Once(Me + "/exports", key), Wire.Default.Export, cancellation);

    public Task<Answer<Export>> ExportOfAsync(string id, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Me}/exports/{Uri.EscapeDataString(id)}"), Wire.Default.Export, cancellation);

    public Task<Answer<Erasure>> EraseAsync(string key, CancellationToken cancellation)
    {
        var request = Once(Me + "/erasure", key);
        request.Content = JsonContent.Create(new EraseRequest("erase"), Wire.Default.EraseRequest);
        return SendAsync(request, Wire.Default.Erasure, cancellation);
    }

    public Task<Answer<Erasure>> ErasureAsync(string id, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/settings/erasures/" + Uri.EscapeDataString(id)), Wire.Default.Erasure, cancellation);

    static string At(string id) => $"{Me}/addresses/{Uri.EscapeDataString(id)}";

    static HttpRequestMessage Once(string path, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(path, cancellation);
        return await Wire.ReadAsync(response, json, cancellation);
    }

    async Task<Answer<T>> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> json, CancellationToken cancellation) where T : class
    {
        using var sent = request;
        using var response = await http.SendAsync(request, cancellation);
        return Wire.IsRefusal(response) ? new Answer<T>(null, await Wire.ProblemAsync(response, cancellation))
            : new Answer<T>(await Wire.ReadAsync(response, json, cancellation));
    }
}
