namespace Souk.Settings;

/// <summary>What a person may say of themselves, before anything is kept.</summary>
/// <param name="Locales">Languages of the store; the first is that of who has not chosen.</param>
/// <param name="Currencies">What prices can be thought in; the first is that of who has not chosen.</param>
sealed record Rules(IReadOnlyList<string> Locales, IReadOnlyList<string> Currencies)
{
    const int LengthMax = 200;
    const int DisplayNameMax = 100;

    // ISO 3166-1.
    static readonly HashSet<string> Countries = [.. """
        AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF
        CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH
        GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
        KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG
        NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN
        SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT
        ZA ZM ZW
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)];

    public static Rules Of(IConfiguration configuration)
    {
        var currency = configuration["Souk:Currency"] ?? "EUR";
        return new Rules(
            List(configuration["Settings:Locales"] ?? "en,ar,de,es,fr,it,nl,pl,pt,tr"),
            [currency, .. List(configuration["Settings:Currencies"] ?? "CHF,CZK,DKK,EUR,GBP,NOK,PLN,SEK,USD").Where(known => known != currency)]);
    }

    /// <summary>The profile of who has not chosen.</summary>
    public Profile Unasked => new(null, Locales[0], Currencies[0]);

    /// <summary>A profile; what is left out is as if never chosen.</summary>
    public (Profile? Profile, Refusal? Refusal) Read(PutProfileRequest body)
    {
        var profile = Unasked with
        {
            DisplayName = body.DisplayName,
            Locale = body.Locale ?? Locales[0],
            Currency = body.Currency ?? Currencies[0],
        };
        if (profile.DisplayName is { } name && !IsText(name, DisplayNameMax)) return (null, SettingsRefusals.DisplayNameInvalid);
        if (profile.DisplayName is { } digits && CardNumber.IsIn(digits)) return (null, SettingsRefusals.CardNumber);
        if (!Locales.Contains(profile.Locale)) return (null, SettingsRefusals.LocaleUnknown(Locales));
        if (!Currencies.Contains(profile.Currency)) return (null, SettingsRefusals.CurrencyUnknown(Currencies));
        return (profile, null);
    }

    /// <summary>An address as Ordering would take it, in a country that there is.</summary>
    public static (Address? Address, Refusal? Refusal) Read(PutAddressRequest body)
    {
        if (!IsText(body.Name)) return Wrong("name", "name is whom the parcel is for, up to 200 characters.");
        if (!IsText(body.Line1)) return Wrong("line1", "line1 is street and number, up to 200 characters.");
        if (!IsText(body.City)) return Wrong("city", "city is missing, or longer than 200 characters.");
        if (!IsText(body.PostalCode)) return Wrong("postal_code", "postalCode is missing, or longer than 200 characters.");
        if (body.Country is null || !Countries.Contains(body.Country)) return (null, SettingsRefusals.CountryUnknown);
        if (!IsOptional(body.Line2)) return Wrong("line2", "line2 is up to 200 characters.");
        if (!IsOptional(body.Region)) return Wrong("region", "region is up to 200 characters.");
        if (!IsOptional(body.Phone)) return Wrong("phone", "phone is up to 200 characters.");
        string?[] texts = [body.Name, body.Line1, body.City, body.PostalCode, body.Line2, body.Region];
        if (texts.Any(text => text is not null && CardNumber.IsIn(text))) return (null, SettingsRefusals.CardNumber);
        return (new Address(body.Name!, body.Line1!, body.City!, body.PostalCode!, body.Country, body.Line2, body.Region, body.Phone), null);
    }

    static (Address?, Refusal?) Wrong(string field, string detail) => (null, SettingsRefusals.AddressInvalid(field, detail));

    static bool IsText(string? text, int max = LengthMax) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= max && !text.Any(char.IsControl);

    static bool IsOptional(string? text) => text is null || text.Length <= LengthMax && !text.Any(char.IsControl);

    static string[] List(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
