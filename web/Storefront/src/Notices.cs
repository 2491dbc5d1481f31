namespace Souk.Storefront;

/// <summary>What a page may say after a form was sent. An address names a notice by its key, so it can say nothing else.</summary>
public static class Notices
{
    static readonly Dictionary<string, Notice> All = new(StringComparer.Ordinal)
    {
        ["added"] = new("Added to your cart.", IsGood: true),
        ["updated"] = new("Your cart is up to date.", IsGood: true),
        ["removed"] = new("Taken out of your cart.", IsGood: true),
        ["cart-unavailable"] = new("Your cart is not answering just now. Nothing in it is lost: please try again in a moment.", IsGood: false),
        ["cart-full"] = new("Your cart is full: it holds a hundred different things.", IsGood: false),
        ["cart-gone"] = new("That cart has expired. Add something to begin a new one.", IsGood: false),
        ["cart-refused"] = new("That did not work. Please try again.", IsGood: false),
        ["sku-unknown"] = new("This one is not for sale any more.", IsGood: false),
        ["quantity-invalid"] = new("Choose a quantity from 1 to 99.", IsGood: false),
    };

    public static Notice? Of(string? key) => key is null ? null : All.GetValueOrDefault(key);
}

public sealed record Notice(string Text, bool IsGood);
