using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Settings;

/// <summary>The settings of whoever's token it is, a part at a time; of somebody who never changed any, what holds without.</summary>
static class ReadSettings
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/settings/me", (HttpContext context, PersonStore store, CancellationToken cancellation) =>
            ReadAsync(context, store, PersonView.Profile, cancellation)).WithName("ReadProfile").AllowCustomers();
        app.MapGet("/api/settings/me/addresses", (HttpContext context, PersonStore store, CancellationToken cancellation) =>
            ReadAsync(context, store, PersonView.Addresses, cancellation)).WithName("ReadAddresses").AllowCustomers();
        app.MapGet("/api/settings/me/notifications", (HttpContext context, PersonStore store, CancellationToken cancellation) =>
            ReadAsync(context, store, PersonView.Notifications, cancellation)).WithName("ReadNotifications").AllowCustomers();
        app.MapGet("/api/settings/me/consents", (HttpContext context, PersonStore store, CancellationToken cancellation) =>
            ReadAsync(context, store, PersonView.Consents, cancellation)).WithName("ReadConsents").AllowCustomers();
    }

    static async Task<Ok<T>> ReadAsync<T>(
        HttpContext context, PersonStore store, Func<HttpResponse, Person, Ok<T>> view, CancellationToken cancellation) =>
        view(context.Response, await store.ReadAsync(context.Subject(), cancellation));
}

/// <summary>Whose request it is.</summary>
static class SubjectExtensions
{
    /// <summary>The subject of the token, on a route that <c>AllowCustomers</c>: the only person that the request is about.</summary>
    public static string Subject(this HttpContext context) => context.Customer()!.Subject;
}
