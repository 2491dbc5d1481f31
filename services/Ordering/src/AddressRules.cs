namespace Souk.Ordering;

/// <summary>What an order has to say before anything is asked of anybody.</summary>
static class AddressRules
{
    const int LengthMax = 200;

    public static bool IsCountry(string? country) => country is { Length: 2 } && country.All(char.IsAsciiLetterUpper);

    /// <summary>The first thing that is wrong; null when nothing is.</summary>
    public static Refusal? Check(PlaceOrderRequest body)
    {
        if (string.IsNullOrEmpty(body.CartId) || body.CartId.Length > LengthMax) return OrderRefusals.CartUnknown;
        if (body.CartVersion is null or < 1) return OrderRefusals.FieldInvalid("cart_version", "cartVersion is the version of the quoted cart.");
        if (string.IsNullOrEmpty(body.QuoteHash)) return OrderRefusals.FieldInvalid("quote_hash", "quoteHash is that of the quote that was shown.");
        if (!IsEmail(body.Email)) return OrderRefusals.FieldInvalid("email", "email is an address that mail can be sent to.");
        if (CheckPaymentMethod(body.PaymentMethod) is { } noToken) return noToken;
        if (string.IsNullOrEmpty(body.ShippingOption)) return OrderRefusals.OptionUnknown;
        if (body.ShippingAddress is not { } to) return OrderRefusals.FieldInvalid("shipping_address", "shippingAddress is missing.");
        if (!IsText(to.Name)) return OrderRefusals.FieldInvalid("name", "name is whom the parcel is for, up to 200 characters.");
        if (!IsText(to.Line1)) return OrderRefusals.FieldInvalid("line1", "line1 is street and number, up to 200 characters.");
        if (!IsText(to.City)) return OrderRefusals.FieldInvalid("city", "city is missing, or longer than 200 characters.");
        if (!IsText(to.PostalCode)) return OrderRefusals.FieldInvalid("postal_code", "postalCode is missing, or longer than 200 characters.");
        if (!IsCountry(to.Country)) return OrderRefusals.CountryInvalid;
        if (!IsOptional(to.Line2)) return OrderRefusals.FieldInvalid("line2", "line2 is up to 200 characters.");
        if (!IsOptional(to.Region)) return OrderRefusals.FieldInvalid("region", "region is up to 200 characters.");
        if (!IsOptional(to.Phone)) return OrderRefusals.FieldInvalid("phone", "phone is up to 200 characters.");
        string?[] texts = [body.CartId, body.QuoteHash, body.Email, body.ShippingOption, to.Name, to.Line1, to.Line2, to.City, to.PostalCode, to.Region];
        return texts.Any(text => text is not null && CardNumber.IsIn(text)) ? OrderRefusals.CardNumber : null;
    }

    /// <summary>What pays is the provider's token; null when it may be one.</summary>
    public static Refusal? CheckPaymentMethod(string? token) =>
        !IsText(token) ? OrderRefusals.FieldInvalid("payment_method", "paymentMethod is the token that the payment page gave.")
        : CardNumber.IsIn(token!) ? OrderRefusals.CardNumber : null;

    static bool IsText(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LengthMax && !text.Any(char.IsControl);

    static bool IsOptional(string? text) => text is null || text.Length <= LengthMax && !text.Any(char.IsControl);

    static bool IsEmail(string? text) =>
        IsText(text) && text!.IndexOf('@') is > 0 and var at && at == text.LastIndexOf('@') && text.IndexOf('.', at) > at + 1
        && text[^1] != '.' && !text.Any(char.IsWhiteSpace) && !text.Any(c => c is '<' or '>' or ',' or ';');
}
