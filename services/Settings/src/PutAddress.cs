using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>Adds or replaces an address under a name that its owner's page makes up. Repeated, it changes nothing more.</summary>
static class PutAddress
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/api/settings/me/addresses/{id}", HandleAsync)
        .WithName("PutAddress")
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowCustomers();

    static async Task<Results<Ok<AddressList>, Refusal>> HandleAsync(
        string id, PutAddressRequest body, PersonStore store, HttpContext context, CancellationToken cancellation)
    {
        if (!SavedAddress.IsId(id)) return SettingsRefusals.AddressIdInvalid;
        var (address, wrong) = Rules.Read(body);
        if (wrong is not null) return wrong;
        var (person, refusal) = await store.ChangeAsync(
            context, person => person.Put(id, address!, body.IsDefault == true), cancellation);
        return refusal is not null ? refusal : PersonView.Addresses(context.Response, person!);
    }
}

/// <summary>Where a parcel goes, and whether that is where it goes unless something else is said.</summary>
sealed record PutAddressRequest(
    string? Name = null, string? Line1 = null, string? City = null, string? PostalCode = null, string? Country = null,
    string? Line2 = null, string? Region = null, string? Phone = null, bool? IsDefault = null);
