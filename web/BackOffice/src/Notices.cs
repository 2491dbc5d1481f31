namespace Souk.BackOffice;

/// <summary>What a page may say about the form before it. An address names a notice by its key, so it can say nothing else.</summary>
public static class Notices
{
    public static readonly Notice Unknown = new(
        "The service has not answered in time, so it is not known whether this was done. Send it again as it is: it is done once.", IsGood: false);

    static readonly Notice Refused = new("The service did not take that. Nothing was changed.", IsGood: false);

    static readonly Dictionary<string, Notice> All = new(StringComparer.Ordinal)
    {
        ["refunded"] = new("The refund is under way. It is below, with how far it has come.", IsGood: true),
        ["cancelled"] = new("The order is being cancelled.", IsGood: true),
        ["received"] = new("Received. The figures below have it.", IsGood: true),
        ["corrected"] = new("Corrected. The figures below have it.", IsGood: true),
        ["saved"] = new("Saved. The shop shows it within seconds.", IsGood: true),
        ["disabled"] = new("Disabled: nobody can sign in with this account, and its sessions end within seconds.", IsGood: true),
        ["enabled"] = new("Enabled: its owner can sign in again.", IsGood: true),
        ["signin-unavailable"] = new("Signing in is unavailable just now. Please try again in a moment.", IsGood: false),
        ["not-staff"] = new("You are signed in with an account that is not one of staff. Sign out of the shop to come in with another.", IsGood: false),
        ["signed-out-here"] = new("You are signed out here. Signing in is unavailable just now, so it could not be told: sign out again later if this is not your own device.", IsGood: false),
        ["form.reason"] = new("Say why, in 1 to 500 characters: the reason is kept.", IsGood: false),
        ["form.nothing"] = new("Say what goes back: pieces, the shipping, an amount, or all that is left. Nothing was refunded.", IsGood: false),
        ["form.number"] = new("That is no number that can be taken. Nothing was changed.", IsGood: false),
        ["form.price"] = new("A price is a number such as 19.90. Nothing was saved.", IsGood: false),
        ["form.file"] = new("Choose a CSV file that is not empty.", IsGood: false),
        ["token.missing"] = Ended,
        ["token.invalid"] = Ended,
        ["token.not_staff"] = new("Your account is no longer one of staff. Nothing was changed.", IsGood: false),
        ["request.idempotency_key_reused"] = new("This form was sent before, with other details. What it did is below; fill in a new one if there is more to do.", IsGood: false),
        ["order.not_cancellable"] = new("This order cannot be cancelled any more. Nothing was changed.", IsGood: false),
        ["order.not_refundable"] = new("This order is not completed, so nothing can be refunded yet.", IsGood: false),
        ["order.refund_too_much"] = new("That is more than is left: more than was paid, or more pieces than were bought. Nothing was refunded.", IsGood: false),
        ["inventory.stock.sku_unknown"] = new("There is no such SKU. It becomes known when the catalogue first lists it.", IsGood: false),
        ["inventory.stock.below_reserved"] = new("More than that is promised to shoppers; what is on hand cannot be less. Nothing was changed.", IsGood: false),
        ["inventory.stock.above_maximum"] = new("That would be more than a stock figure can hold. Nothing was changed.", IsGood: false),
        ["catalog.import_running"] = new("An import or another edit is under way. Nothing was changed: please try again when it has ended.", IsGood: false),
        ["catalog.product_changed"] = new("Somebody has changed this product since you opened it. Nothing was saved: what you typed is below, and the product as it is now opens in the link beside it.", IsGood: false),
        ["login.account.own"] = new("Nobody disables their own account. Ask somebody else of the staff.", IsGood: false),
        ["login.account_unknown"] = new("There is no such account.", IsGood: false),
    };

    static Notice Ended => new("Your session has ended. Sign in again: nothing was changed.", IsGood: false);

    public static Notice? Of(string? key) => key is null ? null : All.GetValueOrDefault(key);

    /// <summary>What a service's refusal means here.</summary>
    public static Notice OfCode(string? code) => code is not null && All.TryGetValue(code, out var notice) ? notice
        : code is not null && code.EndsWith(".reason_invalid", StringComparison.Ordinal) ? All["form.reason"] : Refused;
}

public sealed record Notice(string Text, bool IsGood);
