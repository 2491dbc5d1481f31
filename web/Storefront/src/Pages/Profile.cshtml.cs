using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// What somebody has told the shop of themselves: a name, addresses, which mails they want; all that it holds on them to take
/// along, and the way out.
/// </summary>
public sealed class ProfileModel(ISettings settings, Parts parts, Budgets budgets, IIdSource ids) : ShopPage
{
    const string At = "/profile";

    /// <summary>Null: Settings does not answer.</summary>
    public Profile? Profile { get; private set; }

    public IReadOnlyList<SavedAddress> Addresses { get; private set; } = [];

    public MailChoices Mails { get; private set; } = new(true, false, false);

    /// <summary>The export that was asked for last in this browser, while it can be had.</summary>
    public Export? Export { get; private set; }

    /// <summary>Made when the page is: a form that is sent twice is one request.</summary>
    public string Key { get; } = ids.NewId();

    public async Task<IActionResult> OnGetAsync(string? export)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        var abort = HttpContext.RequestAborted;
        var profile = parts.FetchAsync("profile", budgets.Order, settings.ProfileAsync, abort);
        var addresses = parts.FetchAsync("addresses", budgets.Order, settings.AddressesAsync, abort);
        var mails = parts.FetchAsync("mails", budgets.Order, settings.MailsAsync, abort);
        var asked = IsId(export) ? parts.FetchAsync("export", budgets.Order, cancellation => settings.ExportOfAsync(export!, cancellation), abort) : null;
        if ((await profile).Has(out var known) && (await addresses).Has(out var saved) && (await mails).Has(out var choices))
        {
            (Profile, Addresses, Mails) = (known, saved.Items, choices);
        }
        else SayUnavailable();
        if (asked is not null && (await asked).Has(out var answer)) Export = answer.Value;
        return Page();
    }

    public async Task<IActionResult> OnPostNameAsync(string? name, long version, string? locale, string? currency)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        var text = Field.Addressee[0].Clean(name);
        return After(await parts.FetchAsync("profile", budgets.CartChange, cancellation =>
            settings.PutAsync(new ProfilePut(text.Length == 0 ? null : text, locale, currency), version, cancellation)));
    }

    public async Task<IActionResult> OnPostAddressAsync(string? id)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        if (!IsId(id)) return SeeOther(At);
        var typed = new Draft { Key = "", Ticket = "", CartId = "", Typed = Field.All.ToDictionary(field => field.Name, field => field.Clean(Request.Form[field.Name])) };
        var address = typed.Address;
        var put = new AddressPut(address.Name, address.Line1, address.City, address.PostalCode, address.Country, address.Line2, address.Region, address.Phone,
            Request.Form["default"] == "true");
        return After(await parts.FetchAsync("address", budgets.CartChange, cancellation => settings.PutAddressAsync(id!, put, cancellation)), "#addresses");
    }

    public async Task<IActionResult> OnPostRemoveAsync(string? id)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        return !IsId(id) ? SeeOther(At)
            : After(await parts.FetchAsync("address", budgets.CartChange, cancellation => settings.RemoveAddressAsync(id!, cancellation)), "#addresses");
    }

    public async Task<IActionResult> OnPostMailsAsync(bool reminders, bool newsletter)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        // What becomes of an order is always told.
        return After(await parts.FetchAsync("mails", budgets.CartChange,
            cancellation => settings.PutMailsAsync(new MailChoices(true, reminders, newsletter), cancellation)), "#mails");
    }

    public async Task<IActionResult> OnPostExportAsync(string? key)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        if (!IsId(key)) return SeeOther(At);
        var part = await parts.FetchAsync("export", budgets.OrderChange, cancellation => settings.ExportAsync(key!, cancellation));
        return !part.Has(out var answer) ? SeeOther(At + "?notice=settings-away")
            : SeeOther(answer.Value is { } export ? $"{At}?export={Uri.EscapeDataString(export.Id)}#data" : At + "?notice=export-busy");
    }

    /// <summary>The document, as a file to keep.</summary>
    public async Task<IActionResult> OnGetDataAsync(string? export)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        if (!IsId(export)) return NotFound();
        var part = await parts.FetchAsync("export", budgets.OrderChange, cancellation => settings.ExportOfAsync(export!, cancellation), HttpContext.RequestAborted);
        if (!part.Has(out var answer)) return SeeOther(At + "?notice=settings-away");
        if (answer.Value?.Document is not { } document) return NotFound();
        return File(JsonSerializer.SerializeToUtf8Bytes(document, Wire.Readable), "application/json", "souk-my-data.json");
    }

    public async Task<IActionResult> OnPostEraseAsync(string? key, string? confirm)
    {
        if (Turned() is { } elsewhere) return elsewhere;
        if (!IsId(key) || !string.Equals(confirm?.Trim(), "erase", StringComparison.OrdinalIgnoreCase)) return SeeOther(At + "?notice=erase-unconfirmed#erase");
        var part = await parts.FetchAsync("erasure", budgets.OrderChange, cancellation => settings.EraseAsync(key!, cancellation));
        if (!part.Has(out var answer)) return SeeOther(At + "?notice=settings-away");
        return SeeOther(answer.Value is { } erasure ? "/erased/" + Uri.EscapeDataString(erasure.Id) : At + "?notice=settings-refused");
    }

    /// <summary>Who has not signed in is led there; null: they have.</summary>
    StatusCodeResult? Turned()
    {
        Get<PagePolicy>().IsPersonal = true;
        return HasSignedIn ? null : SeeOther("/signin?returnUrl=%2Fprofile");
    }

    StatusCodeResult After<T>(Part<Answer<T>> part, string place = "") where T : class => SeeOther(At + "?notice=" + (!part.Has(out var answer) ? "settings-away"
        : answer.Code switch
        {
            null => "saved",
            "settings.version_stale" => "settings-stale",
            "settings.card_number" => "settings-card",
            "settings.addresses_full" => "settings-full",
            _ => "settings-refused",
        }) + place);

    /// <summary>One of our own, or nothing: it becomes part of an address.</summary>
    static bool IsId(string? text) => text is { Length: > 0 and <= 64 } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
