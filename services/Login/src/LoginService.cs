using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.WebEncoders;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using Souk.Login.Accounts;
using Souk.Login.Connect;
using Souk.Login.Keys;
using Souk.Login.Mails;
using Souk.Login.Pages;
using Souk.Login.Partners;
using Souk.Login.Sessions;
using Souk.Login.Staff;

namespace Souk.Login;

/// <summary>The Login service: accounts and what they are opened with, sessions, tokens, and whom the store trusts.</summary>
public static class LoginService
{
    /// <summary>Builds the service from what it is handed.</summary>
    /// <exception cref="InvalidOperationException">A setting would weaken the store.</exception>
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("login", setup);
        var settings = LoginSettings.From(service.Configuration);
        service.AddJson(LoginJson.Default);
        service.AddDatabase();
        service.JudgesUsers();
        service.Publishes("AccountMailWanted", LoginJson.Default.AccountMailWanted, "notifications");

        var services = service.Services;
        services.AddSingleton(settings);
        AddStores(services);
        AddIdentity(service, settings);
        AddConnect(services, settings, setup.Clock);
        AddPages(services);
        AddForms(service, settings);
        // In this order: first the keys, then who may ask for what they sign.
        services.AddHostedService(provider => provider.GetRequiredService<KeyRing>());
        services.AddHostedService<Clients>();
        service.AddPump(provider => provider.GetRequiredService<KeyRing>());
        service.AddPump(provider => ActivatorUtilities.CreateInstance<Prune>(provider));

        var app = service.Build();
        app.UseOutside(settings);
        app.UseOops();
        app.UseSameOriginForms();
        app.UseAuthentication();
        app.UseBearer();
        Assets.Map(app);
        ConnectRoutes.Map(app);
        ReadTrust.Map(app);
        ReadMail.Map(app);
        People.Map(app);
        SessionRoutes.Map(app);
        PartnerKeys.Map(app);
        StaffAccounts.Map(app);
        app.MapRazorPages().AllowPublic();
        return app;
    }

    static void AddStores(IServiceCollection services)
    {
        services.AddSingleton<TrustNews>();
        services.AddSingleton<TrustStore>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton(provider => new KeyRing(
            provider.GetRequiredService<KeyStore>(), provider.GetRequiredService<IDataProtectionProvider>(), provider.GetRequiredService<LoginSettings>(),
            provider.GetRequiredService<IIdSource>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<TrustNews>()));
        services.AddSingleton<SessionStore>();
        services.AddSingleton<MailStore>();
        services.AddSingleton<MailLinks>();
        services.AddSingleton<AttemptStore>();
        services.AddSingleton<Throttle>();
        services.AddSingleton<PartnerKeyStore>();
        services.AddSingleton<LoginCookies>();
        services.AddSingleton<Devices>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<BearerCheck>();
        services.AddScoped<Unit>();
        services.AddScoped<Endings>();
        services.AddScoped<SignIns>();
        services.AddScoped<Credentials>();
    }

    static void AddIdentity(Service service, LoginSettings settings)
    {
        var connection = service.Configuration.GetConnectionString("Database")!;
        service.Services.AddDbContext<LoginContext>(context => LoginDatabase.Use(context, connection));
        service.Services.AddIdentityCore<Account>(identity =>
            {
                identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
                identity.ClaimsIdentity.UserIdClaimType = "sub";
                identity.User.RequireUniqueEmail = true;
                // The address is the name, and addresses have letters of every script.
                identity.User.AllowedUserNameCharacters = "";
                // An account is never locked: that would let strangers lock its owner out. See Throttle.
                identity.Lockout.AllowedForNewUsers = false;
            })
            .AddUserStore<AccountStore>()
            .AddSignInManager()
            .AddTokenProvider<AuthenticatorTokenProvider<Account>>(TokenOptions.DefaultAuthenticatorProvider);
        service.Services.AddScoped(provider => (AccountStore)provider.GetRequiredService<IUserStore<Account>>());
        service.Services.AddHttpContextAccessor();
        var origin = settings.PublicUrl.GetLeftPart(UriPartial.Authority);
        service.Services.Configure<IdentityPasskeyOptions>(passkeys =>
        {
            passkeys.ServerDomain = settings.PublicUrl.Host;
            passkeys.UserVerificationRequirement = "required";
            passkeys.ResidentKeyRequirement = "required";
            passkeys.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.Origin == origin);
        });

        service.Services.AddAuthentication(IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, BrowserSession>(IdentityConstants.ApplicationScheme, null)
            // Who has given a password and still owes a code; and what a passkey is being asked.
            .AddCookie(IdentityConstants.TwoFactorUserIdScheme);
        service.Services.AddOptions<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>(IdentityConstants.TwoFactorUserIdScheme)
            .Configure<LoginCookies>((cookie, cookies) =>
            {
                cookie.Cookie = cookies.Builder("souk-half");
                cookie.ExpireTimeSpan = TimeSpan.FromMinutes(5);
                cookie.SlidingExpiration = false;
            });
    }

    static void AddConnect(IServiceCollection services, LoginSettings settings, TimeProvider clock)
    {
        services.AddOpenIddict()
            .AddCore(core =>
            {
                core.UseEntityFrameworkCore().UseDbContext<LoginContext>();
                core.Configure(options => options.TimeProvider = clock);
            })
            .AddServer(server =>
            {
                server.SetIssuer(settings.PublicUrl);
                server.SetConfigurationEndpointUris(".well-known/openid-configuration");
                server.SetJsonWebKeySetEndpointUris(".well-known/jwks");
                server.SetAuthorizationEndpointUris("connect/authorize");
                server.SetTokenEndpointUris("connect/token");
                server.SetEndSessionEndpointUris("connect/logout");
                server.SetUserInfoEndpointUris("connect/userinfo");
                server.SetRevocationEndpointUris("connect/revoke");

                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
                server.AllowRefreshTokenFlow();
                server.RegisterScopes(OpenIddictConstants.Scopes.Email, OpenIddictConstants.Scopes.Roles, OpenIddictConstants.Scopes.OfflineAccess);
                server.Configure(options =>
                {
                    options.TimeProvider = clock;
                    // A hash of the verifier, never the verifier itself.
                    options.CodeChallengeMethods.Clear();
                    options.CodeChallengeMethods.Add(OpenIddictConstants.CodeChallengeMethods.Sha256);
                });

                server.SetAccessTokenLifetime(LoginSettings.AccessTokenLifetime);
                server.SetIdentityTokenLifetime(LoginSettings.AccessTokenLifetime);
                server.SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(2));
                server.SetRefreshTokenLifetime(settings.SessionLifetime);
                // Used once means once: a second use is a theft, however soon.
                server.SetRefreshTokenReuseLeeway(TimeSpan.Zero);
                server.DisableAccessTokenEncryption();
                server.AddEventHandler(Theft.Descriptor);
                server.AddEventHandler(GivenBack.Descriptor);

                server.UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableTokenEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .EnableUserInfoEndpointPassthrough()
                    // TLS ends before the gateway; the public address says whether there is any.
                    .DisableTransportSecurityRequirement();
            });
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider => provider.GetRequiredService<KeyRing>());
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider => provider.GetRequiredService<KeyRing>());
    }

    static void AddPages(IServiceCollection services)
    {
        services.AddSingleton<Assets>();
        services.AddScoped<Nonce>();
        services.AddScoped<PagePolicy>();
        services.AddSingleton<IStartupFilter, BrowserGuard>();
        // The pages are in this assembly, whatever the service is called.
        var parts = new ApplicationPartManager();
        parts.ApplicationParts.Add(new AssemblyPart(typeof(LoginService).Assembly));
        parts.ApplicationParts.Add(new CompiledRazorAssemblyPart(typeof(LoginService).Assembly));
        services.AddSingleton(parts);
        services.AddRazorPages();
        services.Configure<RouteOptions>(routes => routes.LowercaseUrls = true);
        // Letters of every script as they are; what means something in HTML is still escaped.
        services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
    }

    static void AddForms(Service service, LoginSettings settings)
    {
        var cookies = new LoginCookies(settings);
        service.Services.AddAntiforgery(forms =>
        {
            forms.Cookie = cookies.Builder("souk-account-form");
            forms.FormFieldName = "form";
            forms.HeaderName = null;
            forms.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        service.Services.Configure<CookieTempDataProviderOptions>(words => words.Cookie = cookies.Builder("souk-account-words"));
        // Beside the services' own keys, so that every replica reads what the others have encrypted, also after a restart.
        var keys = Path.Combine(settings.Keys, "login-protection");
        var folder = OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(keys)
            : Directory.CreateDirectory(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        service.Services.AddDataProtection().SetApplicationName("souk-login").PersistKeysToFileSystem(folder);
        // It warns that the keys are not encrypted at rest; the folder is the owner's alone, like the keys beside it.
        service.Builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        // Below this it tells each request, with addresses and ids in it.
        service.Builder.Logging.AddFilter("OpenIddict", LogLevel.Warning);
    }
}
