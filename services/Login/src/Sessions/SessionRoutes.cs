using Microsoft.AspNetCore.Http.HttpResults;
using Souk.Login.Staff;

namespace Souk.Login.Sessions;

/// <summary>One's own sessions: which there are, and the end of one or all. Ended twice, it stays ended.</summary>
static class SessionRoutes
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/login/sessions", ListAsync).WithName("ReadSessions").AllowPublic().ForSignedIn();
        app.MapDelete("/api/login/sessions/{id}", EndAsync).WithName("EndSession").AllowPublic().ForSignedIn();
        app.MapDelete("/api/login/sessions", EndAllAsync).WithName("EndAllSessions").AllowPublic().ForSignedIn();
    }

    static async Task<Ok<SessionsView>> ListAsync(HttpContext context, SessionStore sessions)
    {
        var bearer = context.Bearer();
        var all = await sessions.OfAsync(bearer.Subject, context.RequestAborted);
        return TypedResults.Ok(new SessionsView([.. all.Select(one => SessionView.Of(one, bearer.SessionId))]));
    }

    static async Task<Results<NoContent, Refusal>> EndAsync(string id, HttpContext context, Endings endings) =>
        await endings.OneAsync(context.Bearer().Subject, id, context.RequestAborted) ? TypedResults.NoContent() : LoginRefusals.SessionUnknown;

    static async Task<NoContent> EndAllAsync(HttpContext context, Endings endings)
    {
        await endings.AllAsync(context.Bearer().Subject, context.RequestAborted);
        return TypedResults.NoContent();
    }
}

/// <summary>The latest first.</summary>
sealed record SessionsView(IReadOnlyList<SessionView> Items);

/// <summary>A session as its owner sees it.</summary>
sealed record SessionView(string Id, string Kind, string? ClientId, string Agent, DateTimeOffset SignedInAt, DateTimeOffset SeenAt, bool IsThis)
{
    public static SessionView Of(LoginSession session, string? present) => new(
        session.Id, session.Kind, session.ClientId, session.Agent, session.SignedInAt, session.SeenAt, session.Id == present);
}
