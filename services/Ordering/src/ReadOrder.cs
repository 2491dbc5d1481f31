using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>
/// An order, for its owner, or a guest's for whoever has its id; staff and support see all. With <c>after</c> and <c>wait</c>
/// it answers once there is news, or after so many seconds; an id that is not there, another's, or not an id, gets one and
/// the same answer.
/// </summary>
static class ReadOrder
{
    const int WaitMax = 25;

    // What is left for the answer itself when the deadline ends the wait.
    static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(500);

    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/api/ordering/orders/{id}", HandleAsync)
        .WithName("ReadOrder")
        .ProducesProblem(404)
        .WithMetadata(new LongPoll())
        .AllowPublic();

    static async Task<Results<Ok<OrderView>, Refusal>> HandleAsync(
        string id, Checkouts checkouts, HttpContext context, CancellationToken cancellation, long after = 0, int wait = 0)
    {
        if (after < 0 || wait < 0) return OrderRefusals.QueryInvalid;
        var length = TimeSpan.FromSeconds(Math.Min(wait, WaitMax));
        if (Deadline.Current is { } deadline && deadline.Left - Margin < length) length = deadline.Left - Margin;
        if (await checkouts.FindNewerAsync(id, context.StoreUser(), after, length, cancellation) is not { } view) return OrderRefusals.OrderUnknown;
        Checkouts.Describe(context.Response, view);
        return TypedResults.Ok(view);
    }
}
