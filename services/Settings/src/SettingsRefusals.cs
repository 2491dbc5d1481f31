namespace Souk.Settings;

/// <summary>Every no that Settings says.</summary>
static class SettingsRefusals
{
    public static readonly Refusal DisplayNameInvalid = Refusal.BadRequest("settings.display_name_invalid",
        "displayName is 1 to 100 characters on one line, or null.");

    public static readonly Refusal CountryUnknown = Refusal.BadRequest("settings.country_unknown",
        "country is two capital letters of ISO 3166-1: DE.");

    public static readonly Refusal CardNumber = Refusal.BadRequest("settings.card_number",
        "A field holds the number of a card. Cards are entered on the payment page alone.");

    public static readonly Refusal AddressIdInvalid = Refusal.BadRequest("settings.address_id_invalid",
        "An address's id is 1 to 64 letters, digits, '-' and '_', chosen by whoever adds it.");

    public static readonly Refusal AddressesFull = Refusal.Conflict("settings.addresses_full",
        $"{Person.AddressesMax} addresses are kept. Remove one first.");

    public static readonly Refusal NotificationsInvalid = Refusal.BadRequest("settings.notifications_invalid",
        "orderUpdates, cartReminders and newsletter are each true or false.");

    public static readonly Refusal PurposeUnknown = Refusal.NotFound("settings.purpose_unknown",
        $"The store asks for consent to: {string.Join(", ", Consent.Purposes)}.");

    public static readonly Refusal ConsentInvalid = Refusal.BadRequest("settings.consent_invalid",
        "given is true or false, textVersion names the text that was shown in 1 to 40 letters, digits, '-', '.' and '_'.");

    public static readonly Refusal ConsentsFull = Refusal.Conflict("settings.consents_full",
        $"{Person.ConsentsMax} decisions are kept; from then on a consent can only be withdrawn.");

    public static readonly Refusal VersionStale = Refusal.PreconditionFailed("settings.version_stale",
        "Your settings have changed since the version in If-Match. Read them again.");

    public static readonly Refusal IfMatchInvalid = Refusal.BadRequest("settings.if_match_invalid",
        "If-Match is * or a list of entity tags as in an answer's ETag: \"3\".");

    // The same words for one that never was, is another's or has expired.
    public static readonly Refusal ExportUnknown = Refusal.NotFound("settings.export_unknown",
        "There is no such export. Exports are removed 7 days after they are done.");

    public static readonly Refusal ExportUnderWay = Refusal.Conflict("settings.export_under_way",
        "An export is being made already; its address is in 'export'.");

    public static readonly Refusal ExportsFull = Refusal.Conflict("settings.exports_full",
        $"{Export.KeptMax} exports are kept. Each is removed 7 days after it is done.");

    public static readonly Refusal ErasureUnknown = Refusal.NotFound("settings.erasure_unknown", "There is no such erasure.");

    public static readonly Refusal ErasureUnderWay = Refusal.Conflict("settings.erasure_under_way",
        "You are being forgotten: nothing is changed any more. Its address is in 'erasure'.");

    public static readonly Refusal ErasureNotConfirmed = Refusal.BadRequest("settings.erasure_not_confirmed",
        "Erasing an account cannot be taken back. Confirm it with { \"confirm\": \"erase\" }.");

    public static Refusal LocaleUnknown(IReadOnlyList<string> known) => Refusal.BadRequest("settings.locale_unknown",
        $"locale is one of {string.Join(", ", known)}.");

    public static Refusal CurrencyUnknown(IReadOnlyList<string> known) => Refusal.BadRequest("settings.currency_unknown",
        $"currency is one of {string.Join(", ", known)}.");

    public static Refusal AddressInvalid(string field, string detail) => Refusal.BadRequest($"settings.{field}_invalid", detail);
}
