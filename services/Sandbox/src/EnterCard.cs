namespace Souk.Sandbox;

/// <summary>
/// The page on which a customer enters a card, so that no shop ever sees its number; it sends the customer back with a
/// token. Of the card brand, last digits and behaviour are kept. Repeated, it makes another token, and no money moves.
/// </summary>
static class EnterCard
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/pay", Show).ExcludeFromDescription().AllowAnyone();
        app.MapPost("/pay", EnterAsync).ExcludeFromDescription().AllowAnyone();
    }

    static Page Show(HttpRequest request, ProviderSettings settings) =>
        Purchase.Read(name => request.Query[name], settings) is { } purchase ? CardPage.Of(purchase) : CardPage.Unreadable(settings);

    static async Task<IResult> EnterAsync(
        HttpRequest request, SandboxStore store, ProviderSettings settings, IIdSource ids, TimeProvider clock, CancellationToken cancellation)
    {
        if (!request.HasFormContentType || Page.IsForeign(request)) return CardPage.Unreadable(settings);
        var form = await request.ReadFormAsync(cancellation);
        if (Purchase.Read(name => form[name], settings) is not { } purchase) return CardPage.Unreadable(settings);
        var typed = new TypedCard(form["number"], form["expiry"], form["cvc"], form["name"]);
        if (typed.Check(clock.GetUtcNow(), out var errors) is not { } card) return CardPage.Of(purchase, typed, errors);

        var token = "pm_" + ids.NewId();
        await store.AddCardAsync(token, card.ToCard(), clock.GetUtcNow(), cancellation);
        return new SendBack(purchase.ReturnUrlWith(token));
    }
}

/// <summary>What the customer is paying, as the shop's link says it.</summary>
sealed record Purchase(string Reference, long Amount, string Currency, Uri ReturnUrl, Uri CancelUrl, ProviderSettings Settings)
{
    /// <summary>Null when it cannot be read, or would lead out of the shop.</summary>
    public static Purchase? Read(Func<string, string?> field, ProviderSettings settings) =>
        Authorize.IsText(field("reference"))
        && long.TryParse(field("amount"), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var amount)
        && Authorize.IsAmount(amount) && Authorize.IsCurrency(field("currency"))
        && settings.InStore(field("return_url")) is { } back && settings.InStore(field("cancel_url")) is { } cancel
            ? new Purchase(field("reference")!, amount, field("currency")!, back, cancel, settings) : null;

    public Uri ReturnUrlWith(string token) => new UriBuilder(ReturnUrl)
    {
        Query = ReturnUrl.Query is { Length: > 1 } query ? $"{query}&payment_method={token}" : $"payment_method={token}",
    }.Uri;
}

/// <summary>The page with the form for the card.</summary>
static class CardPage
{
    public static Page Of(Purchase purchase, TypedCard? typed = null, IReadOnlyDictionary<string, string>? errors = null)
    {
        errors ??= new Dictionary<string, string>();
        var first = errors.Count > 0 ? errors.Keys.First() : "number";
        Html fields = $"""
            {Field("number", "Card number", "cc-number", 23, null, "1234 1234 1234 1234", errors, first)}
            <div class="pair">
            {Field("expiry", "Expiry date", "cc-exp", 9, typed?.Expiry, "MM/YY", errors, first)}
            {Field("cvc", "Security code", "cc-csc", 4, null, "3 digits", errors, first)}
            </div>
            {Field("name", "Name on the card", "cc-name", 100, typed?.Name, null, errors, first)}
            """;
        return new Page(errors.Count == 0 ? 200 : 422, errors.Count == 0 ? "Pay by card" : "Error: pay by card", $"""
            <header class="sum">
            <p class="for">Payment {purchase.Reference}</p>
            <p class="amount">{Page.Money(purchase.Amount, purchase.Currency)}</p>
            </header>
            <h1>Pay by card</h1>
            {Errors(errors)}
            <form method="post" action="/pay" novalidate>
            {fields}
            {Hidden("reference", purchase.Reference)}
            {Hidden("amount", purchase.Amount.ToString(System.Globalization.CultureInfo.InvariantCulture))}
            {Hidden("currency", purchase.Currency)}
            {Hidden("return_url", purchase.ReturnUrl.ToString())}
            {Hidden("cancel_url", purchase.CancelUrl.ToString())}
            <button type="submit">Use this card for {Page.Money(purchase.Amount, purchase.Currency)}</button>
            </form>
            <p class="back"><a href="{purchase.CancelUrl.ToString()}">Cancel and go back to the shop</a></p>
            {TestCards()}
            """, purchase.Settings.StoreOrigin);
    }

    public static Page Unreadable(ProviderSettings settings) => new(400, "This link does not work", $"""
        <h1>This link does not work</h1>
        <p>Something is missing in it, or it does not come from the shop. Nothing was charged.</p>
        <p class="back"><a href="{settings.Store.ToString()}">Go to the shop and try again</a></p>
        """);

    static Html Errors(IReadOnlyDictionary<string, string> errors) => errors.Count == 0 ? Html.Empty : $"""
        <div class="errors" role="alert">
        <h2>Please look at this again</h2>
        <ul>{Html.Join(errors.Select(error => Html.Of($"<li><a href=\"#{error.Key}\">{error.Value}</a></li>")))}</ul>
        <p>Number and security code are not sent back to the page, so they have to be entered again.</p>
        </div>
        """;

    static Html Field(
        string name, string label, string autocomplete, int lengthMax, string? value, string? hint,
        IReadOnlyDictionary<string, string> errors, string first)
    {
        var error = errors.GetValueOrDefault(name);
        var describedBy = string.Join(' ', new[] { hint is null ? null : name + "-hint", error is null ? null : name + "-error" }.Where(id => id is not null));
        Html hintLine = hint is null ? Html.Empty : $"<span class=\"hint\" id=\"{name}-hint\">{hint}</span>";
        Html errorLine = error is null ? Html.Empty : $"<span class=\"error\" id=\"{name}-error\">{error}</span>";
        Html described = describedBy.Length == 0 ? Html.Empty : $" aria-describedby=\"{describedBy}\"";
        Html invalid = error is null ? Html.Empty : $" aria-invalid=\"true\"";
        Html focus = name == first ? $" autofocus" : Html.Empty;
        Html digits = name == "name" ? Html.Empty : $" inputmode=\"numeric\" spellcheck=\"false\"";
        return $"""
            <div class="field">
            <label for="{name}">{label}</label>{hintLine}
            <input id="{name}" name="{name}" type="text" autocomplete="{autocomplete}" maxlength="{lengthMax}" value="{value}" required{digits}{described}{invalid}{focus}>
            {errorLine}
            </div>
            """;
    }

    static Html Hidden(string name, string value) => $"""<input type="hidden" name="{name}" value="{value}">""";

    static Html TestCards() => $"""
        <details>
        <summary>Cards to test with</summary>
        <p>Any date in the future, any security code and any name will do.</p>
        <table>
        <thead><tr><th scope="col">Number</th><th scope="col">What it does</th></tr></thead>
        <tbody>{Html.Join(TestCard.All.Select(card => Html.Of($"<tr><td><code>{card.Printed}</code></td><td>{card.What}</td></tr>")))}</tbody>
        </table>
        </details>
        """;
}
