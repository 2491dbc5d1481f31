using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Ordering;

/// <summary>Says what a cart would cost, sent to a country. It changes nothing: asked again, it computes again.</summary>
static class CreateQuote
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/ordering/quotes", HandleAsync)
        .WithName("CreateQuote")
        .ProducesProblem(404)
        .ProducesProblem(422)
        .AllowPublic();

    static async Task<Results<Ok<Quote>, Refusal>> HandleAsync(QuoteRequest body, Quotes quotes, CancellationToken cancellation)
    {
        if (!AddressRules.IsCountry(body.Country)) return OrderRefusals.CountryInvalid;
        if (string.IsNullOrEmpty(body.CartId)) return OrderRefusals.CartUnknown;
        var (quote, refusal) = await quotes.AskAsync(body.CartId, body.Country!, body.ShippingOption, within: null, cancellation);
        return refusal is not null ? refusal : TypedResults.Ok(quote!);
    }
}

/// <summary>Which cart goes where, and how; without an option, the first.</summary>
sealed record QuoteRequest(string? CartId, string? Country, string? PostalCode = null, string? ShippingOption = null);

/// <summary>Computes quotes from what Cart and Shipping say now.</summary>
sealed class Quotes(CartClient carts, ShippingClient shipping, StoreCurrency currency, TimeProvider clock)
{
    /// <param name="cartId">What is bought.</param>
    /// <param name="country">Where it goes.</param>
    /// <param name="option">How; null: the first.</param>
    /// <param name="within">As long as Cart and Shipping have together; null: as long as the request has.</param>
    /// <param name="cancellation">The request's.</param>
    public async Task<(Quote? Quote, Refusal? Refusal)> AskAsync(
        string cartId, string country, string? option, TimeSpan? within, CancellationToken cancellation)
    {
        if (within is not { } length) return await AskAsync(cartId, country, option, cancellation);
        using var limit = new CancellationTokenSource(length, clock);
        await using var gone = cancellation.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), limit);
        // The callees give up with it.
        Deadline.Start(length, clock);
        return await AskAsync(cartId, country, option, limit.Token);
    }

    async Task<(Quote? Quote, Refusal? Refusal)> AskAsync(string cartId, string country, string? option, CancellationToken cancellation)
    {
        if (await carts.FindAsync(cartId, cancellation) is not { } cart) return (null, OrderRefusals.CartUnknown);
        if (!Quote.Sold(cart).Any()) return (null, OrderRefusals.CartEmpty);
        var options = await shipping.OptionsAsync(country, Quote.GramsOf(cart), cancellation);
        if (options.Count == 0) return (null, OrderRefusals.CountryUnserved);
        var chosen = string.IsNullOrEmpty(option) ? options[0] : options.FirstOrDefault(known => known.Id == option);
        if (chosen is null) return (null, OrderRefusals.OptionUnknown);
        var quote = Quote.Of(cart, options, chosen, country, currency, clock.GetUtcNow());
        // No provider authorises nothing.
        return quote.Total.Amount > 0 ? (quote, null) : (null, OrderRefusals.CartEmpty);
    }
}
