namespace Souk.Platform.Security;

/// <summary>The number of a payment card, which belongs on the provider's page and nowhere else.</summary>
public static class CardNumber
{
    /// <summary>Whether 13 to 19 digits stand alone in a text, with spaces or dashes between, and have a card's check digit.</summary>
    /// <param name="text">Any text.</param>
    public static bool IsIn(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiDigit(text[at]) || at > 0 && char.IsAsciiLetterOrDigit(text[at - 1])) continue;
            var digits = new List<int>();
            var end = at;
            for (; end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is ' ' or '-'); end++)
            {
                if (char.IsAsciiDigit(text[end])) digits.Add(text[end] - '0');
            }
            var standsAlone = end == text.Length || !char.IsAsciiLetter(text[end]);
            if (standsAlone && digits.Count is >= 13 and <= 19 && IsLuhn(digits)) return true;
            at = end - 1;
        }
        return false;
    }

    static bool IsLuhn(List<int> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Count; i++)
        {
            var digit = digits[^(i + 1)] * (i % 2 + 1);
            sum += digit > 9 ? digit - 9 : digit;
        }
        return sum % 10 == 0;
    }
}
