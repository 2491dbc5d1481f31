using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>Sets which mails somebody wants, all at once. Repeated, it changes nothing more.</summary>
static class PutNotifications
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPut("/api/settings/me/notifications", HandleAsync)
        .WithName("PutNotifications")
        .ProducesProblem(409)
        .ProducesProblem(412)
        .AddOpenApiOperationTransformer(IfMatch.Describe)
        .AllowCustomers();

    static async Task<Results<Ok<NotificationsView>, Refusal>> HandleAsync(
        PutNotificationsRequest body, PersonStore store, HttpContext context, CancellationToken cancellation)
    {
        if (body is not { OrderUpdates: { } orders, CartReminders: { } carts, Newsletter: { } news }) return SettingsRefusals.NotificationsInvalid;
        var choices = new Choices(orders, carts, news);
        var (person, refusal) = await store.ChangeAsync(context, person => person.Put(choices), cancellation);
        return refusal is not null ? refusal : PersonView.Notifications(context.Response, person!);
    }
}

/// <summary>A yes or a no to each kind of mail.</summary>
sealed record PutNotificationsRequest(bool? OrderUpdates = null, bool? CartReminders = null, bool? Newsletter = null);
