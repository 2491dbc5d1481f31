using System.Globalization;

namespace Souk.Sandbox;

/// <summary>What a test card does.</summary>
enum Behaviour
{
    Success,
    Declined,
    InsufficientFunds,
    ThreeDSecure,

    /// <summary>The money is promised and the answer never comes: the same key again, or a query, tells.</summary>
    TimeoutAfter,

    /// <summary>The first try hangs and nothing happens; later tries of the same key work.</summary>
    TimeoutBefore,
}

/// <summary>All that the provider keeps of a card.</summary>
sealed record Card(string Brand, string Last4, Behaviour Behaviour);

/// <summary>A card to test with: its number for the page, its token for programs.</summary>
sealed record TestCard(string Number, string Token, Behaviour Behaviour, string What)
{
    /// <summary>Every card there is: a number that is not here is somebody's real one, and is refused.</summary>
    public static readonly IReadOnlyList<TestCard> All =
    [
        new("4242424242424242", "pm_card_success", Behaviour.Success, "Is accepted"),
        new("5555555555554444", "pm_card_mastercard", Behaviour.Success, "Is accepted"),
        new("4000000000000002", "pm_card_declined", Behaviour.Declined, "Is declined"),
        new("4000000000009995", "pm_card_insufficient_funds", Behaviour.InsufficientFunds, "Has not enough money"),
        new("4000000000003220", "pm_card_3ds", Behaviour.ThreeDSecure, "The bank asks the customer"),
        new("4000000000000259", "pm_card_timeout_after", Behaviour.TimeoutAfter, "Is accepted, and the answer gets lost"),
        new("4000000000000267", "pm_card_timeout_before", Behaviour.TimeoutBefore, "The first try gets lost"),
    ];

    static readonly Dictionary<string, Card> ByToken = All.ToDictionary(card => card.Token, card => card.ToCard(), StringComparer.Ordinal);

    /// <summary>The number as it stands on a card.</summary>
    public string Printed => $"{Number[..4]} {Number[4..8]} {Number[8..12]} {Number[12..]}";

    /// <summary>The card behind a token that is always there.</summary>
    public static Card? Ready(string token) => ByToken.GetValueOrDefault(token);

    public Card ToCard() => new(Number[0] == '5' ? "Mastercard" : "Visa", Number[^4..], Behaviour);
}

/// <summary>A card as a customer typed it; it lives as long as the request.</summary>
sealed record TypedCard(string? Number, string? Expiry, string? Cvc, string? Name)
{
    const int NameMax = 100;

    /// <summary>The test card that it is; null with the fields that are wrong, and what would be right.</summary>
    public TestCard? Check(DateTimeOffset now, out IReadOnlyDictionary<string, string> errors)
    {
        var wrong = new Dictionary<string, string>(StringComparer.Ordinal);
        var digits = string.Concat((Number ?? "").Where(c => c is not (' ' or '-')));
        var card = TestCard.All.FirstOrDefault(known => known.Number == digits);
        if (digits.Length == 0) wrong["number"] = "Enter the number on the front of the card.";
        else if (digits.Length is < 12 or > 19 || !digits.All(char.IsAsciiDigit)) wrong["number"] = "A card number has 12 to 19 digits.";
        else if (!PassesLuhn(digits)) wrong["number"] = "This card number has a typing error: check each digit.";
        else if (card is null) wrong["number"] = "This provider takes test cards only, listed below. Never enter a real card here.";

        if (ExpiryError(now) is { } expiry) wrong["expiry"] = expiry;
        if ((Cvc ?? "").Trim() is not { Length: 3 } cvc || !cvc.All(char.IsAsciiDigit)) wrong["cvc"] = "The security code is the 3 digits on the back of the card.";
        if (string.IsNullOrWhiteSpace(Name)) wrong["name"] = "Enter the name as it stands on the card.";
        else if (Name.Length > NameMax || Name.Any(char.IsControl)) wrong["name"] = "Enter the name on the card, in up to 100 characters.";
        errors = wrong;
        return wrong.Count == 0 ? card : null;
    }

    /// <summary>Whether the last digit fits the others: catches a wrong digit, and two that were swapped.</summary>
    public static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1) digit = digit * 2 is var twice && twice > 9 ? twice - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }

    string? ExpiryError(DateTimeOffset now)
    {
        const string Form = "Enter the expiry date as month and year, like 04/29.";
        var parts = (Expiry ?? "").Split('/', StringSplitOptions.TrimEntries);
        // Typed without the stroke: 0429.
        if (parts is [{ Length: 4 } both]) parts = [both[..2], both[2..]];
        if (parts is not [{ Length: 1 or 2 }, { Length: 2 or 4 }]) return Form;
        if (!int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var month) || month is < 1 or > 12) return Form;
        if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var year)) return Form;
        if (parts[1].Length == 2) year += 2000;
        var (months, today) = (year * 12 + month, now.Year * 12 + now.Month);
        if (months < today) return "This card has expired: use another one.";
        return months > today + 50 * 12 ? Form : null;
    }
}
