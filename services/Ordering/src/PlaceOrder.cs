using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Ordering;

/// <summary>
/// Buys what a quote says. The order, its key and its saga begin in one commit; the saga runs at once, and whoever
/// ordered waits for it a moment: 201 when it is decided by then, else 202. The browser is not needed any more. Placed with
/// a customer's token it is theirs.
/// </summary>
static class PlaceOrder
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapPost("/api/ordering/orders", HandleAsync)
        .WithName("PlaceOrder")
        .Produces<OrderView>(201)
        .Produces<OrderView>(202)
        .ProducesProblem(400)
        .ProducesProblem(404)
        .ProducesProblem(409)
        .ProducesProblem(422)
        .Idempotent(scope: "cartId")
        .AllowPublic();

    static async Task<IResult> HandleAsync(
        [FromBody] PlaceOrderRequest body, HttpContext context, Quotes quotes, Database database, Saga<Order> saga, Checkouts checkouts,
        CheckoutOptions options, IIdSource ids, TimeProvider clock, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var once = Once.Of(context);
        if (once.Location is { } done) return await checkouts.AnswerAsync(context, done[Checkouts.Address.Length..]);
        if (AddressRules.Check(body) is { } wrong) return wrong;

        var (quote, refusal) = await quotes.AskAsync(body.CartId!, body.ShippingAddress!.Country, body.ShippingOption, options.QuoteWithin, cancellation);
        if (refusal is not null) return refusal;
        if (quote!.QuoteHash != body.QuoteHash)
        {
            var changed = quote.CartVersion == body.CartVersion ? OrderRefusals.PriceChanged : OrderRefusals.CartChanged;
            return changed.With("quote", quote, OrderingJson.Default.Quote);
        }

        var id = ids.NewId();
        var order = new Order(id, NumberOf(id), Agree(body, quote), clock.GetUtcNow(), 1, 0,
            body.PaymentMethod!, 1, new PaymentStanding("pending"), IsHeld: false, null, null, 0, null,
            context.Customer()?.Subject);
        try
        {
            var begun = await database.WriteAsync(async tx =>
            {
                await once.TakeAsync(tx, Checkouts.Address + id);
                return await OrderStore.AddAsync(tx, order) ? await saga.BeginAsync(tx, id) : throw new CartLockedException();
            }, cancellation);
            await checkouts.RunAsync(begun, order, started);
            return await checkouts.AnswerAsync(context, id);
        }
        catch (CartLockedException)
        {
            var locker = await database.ReadAsync(session => OrderStore.LockerAsync(session, quote.CartId, quote.CartVersion), cancellation);
            return OrderRefusals.InCheckout.With("order", locker is null ? null : Checkouts.Address + locker, OrderingJson.Default.String);
        }
    }

    static Agreement Agree(PlaceOrderRequest body, Quote quote) => new(
        quote.CartId, quote.CartVersion, quote.QuoteHash, body.Email!, body.ShippingAddress!,
        quote.ShippingOptions.First(option => option.Id == quote.ShippingOption),
        quote.Lines, quote.ItemsTotal, quote.Shipping, quote.Tax, quote.TaxRate, quote.Total);

    /// <summary>Ten signs that can be read over a telephone, from the id's own chance.</summary>
    static string NumberOf(string id)
    {
        const string Signs = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        Span<byte> bits = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), bits);
        Span<char> number = stackalloc char[10];
        for (var i = 0; i < number.Length; i++) number[i] = Signs[bits[i] & 31];
        return number.ToString();
    }
}

/// <summary>What is bought, where it goes, and what pays for it.</summary>
sealed record PlaceOrderRequest(
    string? CartId, long? CartVersion, string? QuoteHash, string? Email, Address? ShippingAddress, string? ShippingOption,
    string? PaymentMethod);

/// <summary>The cart is in another checkout.</summary>
sealed class CartLockedException : Exception;
