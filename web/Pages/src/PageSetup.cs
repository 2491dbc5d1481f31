using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.Extensions.WebEncoders;

namespace Souk.Pages;

/// <summary>What every set of pages starts with: Razor pages, forms that only they can send, keys for what a browser keeps.</summary>
public static class PageSetup
{
    /// <summary>Adds the pages of an assembly.</summary>
    /// <param name="service">The set of pages.</param>
    /// <param name="home">Where its pages and its <c>assets/*</c> are.</param>
    /// <param name="assets">The path of its style sheet, script and icon. Default: <c>/assets</c>.</param>
    public static IMvcBuilder AddPages(this Service service, Assembly home, string assets = "/assets")
    {
        var services = service.Services;
        services.AddSingleton(new Assets(home, assets));
        services.AddScoped<Nonce>();
        services.AddScoped<PagePolicy>();
        services.AddSingleton<IStartupFilter, BrowserGuard>();
        services.AddHttpContextAccessor();
        AddForms(service);

        // The pages are in this assembly, whatever the service is called.
        var parts = new ApplicationPartManager();
        parts.ApplicationParts.Add(new AssemblyPart(home));
        parts.ApplicationParts.Add(new CompiledRazorAssemblyPart(home));
        services.AddSingleton(parts);
        services.Configure<RouteOptions>(routes => routes.LowercaseUrls = true);
        // Letters of every script as they are; what means something in HTML is still escaped.
        services.Configure<WebEncoderOptions>(encoder => encoder.TextEncoderSettings = new TextEncoderSettings(UnicodeRanges.All));
        HardenCookies(service);
        return services.AddRazorPages();
    }

    static void AddForms(Service service)
    {
        service.Services.AddAntiforgery(forms =>
        {
            // Sets of pages on one host cannot read each other's cookies: each has names of its own.
            forms.Cookie.Name = $"souk-{service.Name}-form";
            // Not Strict: coming back from the provider's page a shopper would be given another, and the forms in
            // other tabs would be refused. No other site's POST carries a Lax cookie either.
            forms.Cookie.SameSite = SameSiteMode.Lax;
            forms.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            forms.FormFieldName = "form";
            forms.HeaderName = null;
            forms.SuppressXFrameOptionsHeader = true; // frame-ancestors says it
        });
        service.Services.Configure<CookieTempDataProviderOptions>(words =>
        {
            words.Cookie.Name = $"souk-{service.Name}-words";
            words.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            words.Cookie.IsEssential = true;
        });
        // Beside the services' own keys, so that every replica reads the others' forms, also after a restart.
        var keys = Path.Combine(service.Configuration["Souk:Keys"] ?? Path.Combine(AppContext.BaseDirectory, "keys"), service.Name + "-forms");
        var folder = OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(keys)
            : Directory.CreateDirectory(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        service.Services.AddDataProtection().SetApplicationName("souk-" + service.Name).PersistKeysToFileSystem(folder);
        // It warns that the keys are not encrypted at rest; the folder is the owner's alone, like the keys beside it.
        service.Builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        // A bug in a page is logged here, once, by the exception handler.
        service.Builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.Error);
    }

    /// <summary>
    /// Where the shop is known by https, a form's and a notice's cookie are of its host alone, too. By plain http they keep their
    /// names: a phone that looks at a laptop takes no others.
    /// </summary>
    static void HardenCookies(Service service)
    {
        var home = service.Configuration["Souk:PublicUrl"] ?? service.Configuration["Souk:StoreUrl"];
        if (home?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) != true) return;
        service.Services.PostConfigure<AntiforgeryOptions>(forms => Harden(forms.Cookie));
        service.Services.PostConfigure<CookieTempDataProviderOptions>(words => Harden(words.Cookie));
    }

    static void Harden(CookieBuilder cookie)
    {
        cookie.Name = PageCookie.Prefix + cookie.Name;
        cookie.Path = "/";
        cookie.HttpOnly = true;
        cookie.SecurePolicy = CookieSecurePolicy.Always;
    }
}
