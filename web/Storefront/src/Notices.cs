namespace Souk.Storefront;

/// <summary>What a page may say after a form was sent. An address names a notice by its key, so it can say nothing else.</summary>
public static class Notices
{
    static readonly Dictionary<string, Notice> All = new(StringComparer.Ordinal)
    {
        ["added"] = new("Added to your cart.", IsGood: true, LeadsToCart: true),
        ["updated"] = new("Your cart is up to date.", IsGood: true),
        ["removed"] = new("Taken out of your cart.", IsGood: true),
        ["cart-unavailable"] = new("Your cart is not answering just now. Nothing in it is lost: please try again in a moment.", IsGood: false),
        ["cart-full"] = new("Your cart is full: it holds a hundred different things.", IsGood: false),
        ["cart-gone"] = new("That cart has expired. Add something to begin a new one.", IsGood: false),
        ["cart-refused"] = new("That did not work. Please try again.", IsGood: false),
        ["sku-unknown"] = new("This one is not for sale any more.", IsGood: false),
        ["quantity-invalid"] = new("Choose a quantity from 1 to 99.", IsGood: false),
        ["nothing-to-buy"] = new("There is nothing in your cart that can be bought just now.", IsGood: false),
        ["short"] = new("Somebody was quicker: there is not enough left of what is named below. Nothing was charged, and your cart is as it was.", IsGood: false),
        ["till-away"] = new("The till is not answering just now. What you typed is kept, and nothing was charged: please try again in a moment.", IsGood: false),
        ["payment-away"] = new("The payment provider is not answering just now. What you typed is kept, and nothing was charged: please try again in a moment.", IsGood: false),
        ["sum-changed"] = new("The total has changed since you saw it. Nothing was charged: please look at it again.", IsGood: false),
        ["card-cancelled"] = new("You came back without a card. Nothing was charged.", IsGood: false),
        ["card-lost"] = new("We could not match that card to your checkout. Nothing was charged: please enter it again.", IsGood: false),
        ["order-unknown"] = new("We have not heard yet whether your order arrived. Please send it again: it stays one order, and is paid once.", IsGood: false),
        ["order-refused"] = new("That order could not be taken. Nothing was charged: please look at everything again.", IsGood: false),
        ["in-checkout"] = new("What is in this cart is being bought already, with another order. Nothing more was charged.", IsGood: false),
        ["sent-before"] = new("This checkout was sent before, with other details. If it became an order, we have written to you; nothing is bought twice.", IsGood: false),
        ["cancel-late"] = new("This order cannot be cancelled any more.", IsGood: false),
        ["cancel-away"] = new("We could not pass that on just now. Please try again in a moment.", IsGood: false),
        ["pay-late"] = new("No other card is needed: below is how your order stands.", IsGood: false),
        ["lookup-unknown"] = new("We find no order with this number and this email address. The number is in our mail to you, with the address it went to.", IsGood: false),
        ["signin-unavailable"] = new("Signing in is unavailable just now. You can go on shopping as a guest, and sign in later: your cart comes along.", IsGood: false),
        ["signed-out-here"] = new("You are signed out of the shop in this browser. Signing in is unavailable just now, so it could not be told: sign out again later if this is not your own device.", IsGood: false),
        ["orders-away"] = new("Your orders cannot be shown just now. Please try again in a moment.", IsGood: false),
        ["saved"] = new("Saved.", IsGood: true),
        ["settings-away"] = new("Your settings are not answering just now. Nothing was changed: please try again in a moment.", IsGood: false),
        ["settings-stale"] = new("This was changed in another window meanwhile. Here is how it stands: please change it again.", IsGood: false),
        ["settings-refused"] = new("That cannot be saved like this. Please look at it again.", IsGood: false),
        ["settings-card"] = new("That looks like the number of a payment card, which we never keep. Nothing was saved.", IsGood: false),
        ["settings-full"] = new("Your address book is full. Remove an address to add another.", IsGood: false),
        ["export-busy"] = new("Your data is being collected already. Please look again in a moment.", IsGood: false),
        ["erase-unconfirmed"] = new("Nothing was erased. Type the word “erase” to confirm.", IsGood: false),
        ["lookup-away"] = new("Orders cannot be looked up just now. Please try again in a moment.", IsGood: false),
    };

    public static Notice? Of(string? key) => key is null ? null : All.GetValueOrDefault(key);
}

public sealed record Notice(string Text, bool IsGood, bool LeadsToCart = false);
