using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Souk.Pages.SignIn;

/// <summary>
/// How pages sign somebody in: OpenID Connect at Login (code and PKCE) with a session on the server. The browser has a key to
/// it and no token; the session's token is judged at each request by the keys that every service has, so that it dies
/// with a sign-out elsewhere within seconds and lives on while Login is down.
/// </summary>
public static class SignInSetup
{
    internal const string Session = "session";
    internal const string Login = "login";

    /// <summary>Adds users, sessions and the way to Login.</summary>
    /// <param name="service">The set of pages; its name is the name of its client at Login.</param>
    /// <param name="path">Where its sign-in addresses are: <c>/signin</c> and below.</param>
    public static Service AddSignIn(this Service service, SignInPaths path)
    {
        service.AddUsers();
        service.AddDatabase(typeof(SignInSetup).Assembly);
        service.AddPump(provider => new ForgetSessions(provider.GetRequiredService<SessionStore>()));
        var secret = new ClientSecret(service.Name, service.Configuration);
        service.Calls<LoginClient>("login", http => new LoginClient(http, secret), calls => calls.AttemptTimeout = TimeSpan.FromSeconds(3));

        var services = service.Services;
        services.AddSingleton(secret);
        services.AddSingleton(path);
        services.AddSingleton<SessionStore>();
        services.AddSingleton<Renewal>();
        services.AddSingleton<IPostConfigureOptions<CookieAuthenticationOptions>, SessionCookie>();
        services.AddSingleton<IPostConfigureOptions<OpenIdConnectOptions>, LoginOptions>();
        services.AddAuthentication(Session)
            .AddCookie(Session)
            .AddOpenIdConnect(Login, oidc => oidc.ClientId = service.Name);
        services.AddAuthorization();
        return service;
    }

    /// <summary>Finds out of each request whose it is. After routing, before the pages.</summary>
    public static void UseSignIn(this WebApplication app)
    {
        app.UseAuthentication();
        app.Use(async (context, next) =>
        {
            var session = await context.AuthenticateAsync(Session);
            if (session is { Succeeded: true, Properties: { } kept, Principal: { } principal })
            {
                var user = await context.RequestServices.GetRequiredService<Renewal>().UserAsync(context, principal, kept);
                if (user is not null) UserSessions.Enter(context, user);
            }
            await next(context);
        });
    }

    /// <summary>Maps the addresses of signing in and out.</summary>
    public static void MapSignIn(this WebApplication app)
    {
        var paths = app.Services.GetRequiredService<SignInPaths>();
        app.MapGet(paths.SignIn, SignInAsync).AllowPublic().ExcludeFromDescription();
        app.MapPost(paths.SignOut, SignOutAsync).AllowPublic().ExcludeFromDescription();
        // The handler answers it before it gets here; the route says who may call.
        app.MapGet(paths.Callback, () => Results.Redirect(paths.Home)).AllowPublic().ExcludeFromDescription();
    }

    /// <summary>To Login and back to the page that asked for it; nowhere else.</summary>
    static async Task<IResult> SignInAsync(HttpContext context, string? returnUrl, SignInPaths paths, UserSessions users, LoginClient login)
    {
        var back = IsOurs(returnUrl) ? returnUrl! : paths.Home;
        if (users.Issuer is not { } issuer || !await login.IsUpAsync(context.RequestAborted)) return Results.Redirect(paths.Unavailable);
        // Login knows the store by one name: who came by another (127.0.0.1) goes on by that.
        if (!string.Equals(new Uri(issuer).Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase))
        {
            return Results.Redirect($"{issuer.TrimEnd('/')}{paths.SignIn}?returnUrl={Uri.EscapeDataString(back)}");
        }
        return Results.Challenge(new AuthenticationProperties { RedirectUri = back }, [Login]);
    }

    /// <summary>Ends the session here, then at Login; where Login is down, here alone, and the page says so.</summary>
    static async Task<IResult> SignOutAsync(HttpContext context, SignInPaths paths, LoginClient login, UserSessions users, IAntiforgery forms)
    {
        if (!await forms.IsRequestValidAsync(context)) return Results.StatusCode(StatusCodes.Status400BadRequest);
        var session = await context.AuthenticateAsync(Session);
        if (!session.Succeeded) return Results.Redirect(paths.Home);
        await context.SignOutAsync(Session);
        if (session.Properties.GetTokenValue(OpenIdConnectParameterNames.RefreshToken) is not { } refresh || users.Issuer is not { } issuer
            || !await login.RevokeAsync(refresh, context.RequestAborted)) return Results.Redirect(paths.SignedOutHere);
        // Login has a session of its own, in this browser: it ends there, and comes back.
        return Results.Redirect(QueryHelpers.AddQueryString(issuer.TrimEnd('/') + "/connect/logout", new Dictionary<string, string?>
        {
            ["client_id"] = context.RequestServices.GetRequiredService<ClientSecret>().Client,
            ["id_token_hint"] = session.Properties.GetTokenValue(OpenIdConnectParameterNames.IdToken),
            ["post_logout_redirect_uri"] = issuer.TrimEnd('/') + paths.Home,
        }));
    }

    /// <summary>A path of this site: neither another host, nor what a browser would take for one.</summary>
    internal static bool IsOurs(string? address) =>
        address is ['/'] or ['/', not ('/' or '\\'), ..] && !address.Any(char.IsControl);
}

/// <summary>Where a set of pages signs in.</summary>
/// <param name="SignIn">Starts it: <c>/signin</c>; what Login answers comes to <c>/signin/callback</c>.</param>
/// <param name="SignOut">Ends it, by POST.</param>
/// <param name="Home">Where to go when there is nowhere else.</param>
/// <param name="Unavailable">The page that says that signing in is unavailable.</param>
/// <param name="SignedOutHere">The page that says that Login could not be told.</param>
/// <param name="Refused">The page for whom Login does not let in here.</param>
public sealed record SignInPaths(string SignIn, string SignOut, string Home, string Unavailable, string SignedOutHere, string Refused)
{
    internal string Callback => SignIn + "/callback";
}

/// <summary>The cookie with the session's key.</summary>
sealed class SessionCookie(SessionStore sessions, TimeProvider clock, SignInPaths paths, Microsoft.Extensions.Hosting.IHostEnvironment host)
    : IPostConfigureOptions<CookieAuthenticationOptions>
{
    public void PostConfigure(string? name, CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = $"{PageCookie.Prefix}souk-{host.ApplicationName}-session";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.Path = "/";
        cookie.Cookie.IsEssential = true;
        cookie.ExpireTimeSpan = SessionStore.Lifetime;
        // It would write the ticket that it has read over one that was renewed meanwhile.
        cookie.SlidingExpiration = false;
        cookie.CookieManager = new NewKeyAtSignIn(paths);
        cookie.SessionStore = sessions;
        cookie.TimeProvider = clock;
        cookie.LoginPath = paths.SignIn;
        cookie.ReturnUrlParameter = "returnUrl";
    }
}

/// <summary>The handler keeps the key that a browser comes with, also through a sign-in: there it sees none, and makes one.</summary>
sealed class NewKeyAtSignIn(SignInPaths paths) : ICookieManager
{
    readonly ChunkingCookieManager _cookies = new();

    public string? GetRequestCookie(HttpContext context, string key) =>
        context.Request.Path == paths.Callback ? null : _cookies.GetRequestCookie(context, key);

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) =>
        _cookies.AppendResponseCookie(context, key, value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => _cookies.DeleteCookie(context, key, options);
}

/// <summary>Login as this set of pages knows it: public addresses for the browser, the internal one for codes.</summary>
sealed class LoginOptions(IHttpClientFactory clients, UserSessions users, SignInPaths paths, TimeProvider clock, ClientSecret secret)
    : IPostConfigureOptions<OpenIdConnectOptions>, IConfigurationManager<OpenIdConnectConfiguration>
{
    public void PostConfigure(string? name, OpenIdConnectOptions oidc)
    {
        oidc.SignInScheme = SignInSetup.Session;
        oidc.Backchannel = clients.CreateClient(SignInSetup.Login);
        oidc.ConfigurationManager = this;
        oidc.TimeProvider = clock;
        oidc.CallbackPath = paths.Callback;
        oidc.RemoteSignOutPath = default;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.DisableTelemetry = true;
        oidc.SaveTokens = true;
        oidc.MapInboundClaims = false;
        oidc.GetClaimsFromUserInfoEndpoint = false;
        oidc.TokenValidationParameters.NameClaimType = "email";
        oidc.Scope.Clear();
        foreach (var scope in (string[])["openid", "email", "offline_access"]) oidc.Scope.Add(scope);
        foreach (var cookie in (CookieBuilder[])[oidc.CorrelationCookie, oidc.NonceCookie])
        {
            cookie.Name = $"{PageCookie.Prefix}souk-{secret.Client}-{(cookie == oidc.NonceCookie ? "nonce." : "signin.")}";
            cookie.Path = "/";
            cookie.SecurePolicy = CookieSecurePolicy.Always;
            cookie.SameSite = SameSiteMode.Lax;
        }
        oidc.Events.OnRedirectToIdentityProvider = context =>
        {
            context.ProtocolMessage.RedirectUri = users.Issuer!.TrimEnd('/') + paths.Callback;
            return Task.CompletedTask;
        };
        oidc.Events.OnAuthorizationCodeReceived = context =>
        {
            context.TokenEndpointRequest!.ClientSecret = secret.Value;
            return Task.CompletedTask;
        };
        oidc.Events.OnTokenValidated = context =>
        {
            context.Properties!.IsPersistent = true;
            return Task.CompletedTask;
        };
        oidc.Events.OnAccessDenied = context =>
        {
            context.Response.Redirect(paths.Refused);
            context.HandleResponse();
            return Task.CompletedTask;
        };
        oidc.Events.OnRemoteFailure = context =>
        {
            // A code that was used, a form left open for a day, Login gone in between: nothing of it is a bug.
            context.HttpContext.RequestServices.GetRequiredService<ILogger<LoginOptions>>()
                .LogWarning("Signing in did not work: {Error}", context.Failure?.Message);
            context.Response.Redirect(paths.Unavailable);
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    public Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
    {
        var issuer = users.Issuer ?? throw new InvalidOperationException("Login was never heard.");
        var login = new OpenIdConnectConfiguration
        {
            Issuer = issuer,
            AuthorizationEndpoint = issuer.TrimEnd('/') + "/connect/authorize",
            TokenEndpoint = LoginClient.Token,
        };
        foreach (var key in users.Keys) login.SigningKeys.Add(key);
        return Task.FromResult(login);
    }

    public void RequestRefresh()
    {
        // Login says by itself what is new.
    }
}

/// <summary>The secret that this set of pages shows to Login, which makes it at its first start, in a file among the keys.</summary>
sealed class ClientSecret(string client, IConfiguration configuration)
{
    string? _value;

    public string Client => client;

    /// <exception cref="IOException">Login has not started yet.</exception>
    public string Value => _value ??= File.ReadAllText(
        Path.Combine(configuration["Souk:Keys"] ?? Path.Combine(AppContext.BaseDirectory, "keys"), client + ".oidc")).Trim();
}

/// <summary>What the pages ask of Login beside the sign-in itself.</summary>
sealed class LoginClient(HttpClient http, ClientSecret secret)
{
    /// <summary>The name is the service's; discovery finds its replicas.</summary>
    public const string Token = "http://login/connect/token";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether Login answers.</summary>
    public async Task<bool> IsUpAsync(CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            using var answer = await http.GetAsync("/.well-known/openid-configuration", limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (IsFault(error, cancellation))
        {
            return false;
        }
    }

    /// <summary>New tokens for a refresh token, which is used up; null where Login says no.</summary>
    /// <exception cref="HttpRequestException">Login did not answer: nothing is known.</exception>
    public async Task<TokenAnswer?> RenewAsync(string refreshToken, CancellationToken cancellation)
    {
        using var answer = await http.PostAsync("/connect/token", Form(("grant_type", "refresh_token"), ("refresh_token", refreshToken)), cancellation);
        if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized) return null;
        answer.EnsureSuccessStatusCode();
        using var body = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(cancellation), default, cancellation);
        return new TokenAnswer(Text("access_token"), Text("refresh_token"), body.RootElement.GetProperty("expires_in").GetInt32());

        string Text(string name) => body.RootElement.GetProperty(name).GetString()!;
    }

    /// <summary>Ends the session that a refresh token belongs to.</summary>
    /// <returns>Whether Login has heard it.</returns>
    public async Task<bool> RevokeAsync(string refreshToken, CancellationToken cancellation)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            using var answer = await http.PostAsync("/connect/revoke", Form(("token", refreshToken), ("token_type_hint", "refresh_token")), limit.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (IsFault(error, cancellation))
        {
            return false;
        }
    }

    FormUrlEncodedContent Form(params (string Name, string Value)[] fields) => new(
        [.. fields.Select(field => KeyValuePair.Create(field.Name, field.Value)),
            KeyValuePair.Create("client_id", secret.Client), KeyValuePair.Create("client_secret", secret.Value)]);

    internal static bool IsFault(Exception error, CancellationToken cancellation) => error
        is HttpRequestException or Polly.ExecutionRejectedException or IOException or UnauthorizedAccessException
        || error is OperationCanceledException && !cancellation.IsCancellationRequested;
}

/// <summary>Login's answer to a refresh.</summary>
sealed record TokenAnswer(string AccessToken, string RefreshToken, int ExpiresIn);
