using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>Takes an address out. Repeated, or for one that is not there, it answers those that there are.</summary>
static class RemoveAddress
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapDelete("/api/settings/me/addresses/{id}", HandleAsync)
        .WithName("RemoveAddress")
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowCustomers();

    static async Task<Results<Ok<AddressList>, Refusal>> HandleAsync(
        string id, PersonStore store, HttpContext context, CancellationToken cancellation)
    {
        var (person, refusal) = await store.ChangeAsync(context, person => person.Remove(id), cancellation);
        return refusal is not null ? refusal : PersonView.Addresses(context.Response, person!);
    }
}
