using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Souk.Platform.Hosting;

namespace Souk.Platform.Security;

/// <summary>Which user a route is for, said next to it beside its <see cref="Callers"/>. Tests read it from the route table.</summary>
/// <param name="Kind">Who.</param>
/// <param name="Scope">For staff: what a partner's key must be good for.</param>
/// <param name="SupportToo">For staff: whether support may, too.</param>
public sealed record UserPolicy(UserKind Kind, string? Scope = null, bool SupportToo = false)
{
    /// <summary>Why a user may not, or null.</summary>
    internal Refusal? Refuse(StoreUser? user) => Kind switch
    {
        UserKind.Anyone => null,
        UserKind.Person when user is null => Missing,
        UserKind.Person => user.IsPartner ? NotCustomer : null,
        UserKind.Staff when user is null => Missing,
        UserKind.Staff when user.IsPartner => user.Scopes.Contains(Scope!) ? null
            : Refusal.Forbidden("token.scope_missing", $"The key is not good for {Scope}."),
        UserKind.Staff when !IsOfStaff(user) => NotStaff,
        UserKind.Staff => user.HasSecondFactor ? null : SecondFactorNeeded,
        _ => user is null ? UserMissing : null,
    };

    bool IsOfStaff(StoreUser user) =>
        user.Roles.Contains(StoreUser.StaffRole) || SupportToo && user.Roles.Contains(StoreUser.SupportRole);

    internal static readonly Refusal Invalid = Refusal.Unauthorized("token.invalid",
        "The token is not valid, or no longer. Sign in again, or go on without it.");

    internal static readonly Refusal LoginUnavailable = new(503, "login.unavailable",
        "Login has not been heard yet, so tokens cannot be judged. Try again shortly.");

    static readonly Refusal Missing = Refusal.Unauthorized("token.missing", "This is for somebody who has signed in: send their token.");

    static readonly Refusal NotCustomer = Refusal.Forbidden("token.not_customer", "This is for people; the token is a partner's key.");

    static readonly Refusal NotStaff = Refusal.Forbidden("token.not_staff", "This is for the store's staff.");

    static readonly Refusal SecondFactorNeeded = Refusal.Forbidden("token.second_factor_needed",
        "This is for staff who signed in with a second factor or a passkey.");

    internal static readonly Refusal UserMissing = Refusal.Forbidden("token.user_missing",
        "This gives a user's data, and only for the user's own valid token.");
}

/// <summary>The kinds of users that a route is for.</summary>
public enum UserKind
{
    /// <summary>Guests too; a token that is sent must be valid.</summary>
    Anyone,

    /// <summary>A person who has signed in.</summary>
    Person,

    /// <summary>Staff with a second factor, or a partner's key with the scope.</summary>
    Staff,

    /// <summary>The user whom another service serves: an internal route that gives a user's data.</summary>
    Passed,
}

static class UserPolicyExtensions
{
    const string Scheme = "Bearer";

    /// <summary>Judges the user's token where the route has users, and answers those who may not.</summary>
    public static void UseUsers(this IApplicationBuilder app)
    {
        var tokens = app.ApplicationServices.GetRequiredService<UserTokens>();
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<UserPolicy>() is { } policy)
            {
                StoreUser? user = null;
                if (HasToken(context.Request, out var token))
                {
                    var (known, refusal) = await JudgeAsync(tokens, token);
                    // An internal caller is told that it lacks the user's token; what became of that is not its business.
                    if (refusal == UserPolicy.Invalid && policy.Kind == UserKind.Passed) refusal = UserPolicy.UserMissing;
                    if (refusal is not null)
                    {
                        await AnswerAsync(context, refusal);
                        return;
                    }
                    user = known;
                }
                if (policy.Refuse(user) is { } no)
                {
                    await AnswerAsync(context, no);
                    return;
                }
                if (user is not null) UserSessions.Enter(context, user);
            }
            await next(context);
        });
    }

    /// <summary>False where no token was sent. Other schemes, such as a client's password at Login, are none.</summary>
    static bool HasToken(HttpRequest request, out ReadOnlyMemory<char> token)
    {
        token = default;
        var sent = request.Headers.Authorization;
        if (sent.Count == 0) return false;
        if (sent is not [{ } one]) return true; // two of them: none can be valid
        if (!one.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || one.Length > Scheme.Length && one[Scheme.Length] != ' ') return false;
        token = one.AsMemory(Math.Min(one.Length, Scheme.Length + 1));
        return true;
    }

    static async ValueTask<(StoreUser?, Refusal?)> JudgeAsync(UserTokens tokens, ReadOnlyMemory<char> token)
    {
        try
        {
            var user = await tokens.UserAsync(token);
            return (user, user is null ? UserPolicy.Invalid : null);
        }
        catch (TrustUnknownException)
        {
            return (null, UserPolicy.LoginUnavailable);
        }
    }

    static Task AnswerAsync(HttpContext context, Refusal refusal)
    {
        // RFC 6750, 3: how to do better.
        if (refusal.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = refusal == UserPolicy.Invalid ? "Bearer error=\"invalid_token\"" : "Bearer";
        }
        return refusal.ExecuteAsync(context);
    }
}
