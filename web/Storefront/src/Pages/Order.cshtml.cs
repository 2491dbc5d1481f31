using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// An order, truthfully, as it stands now; whoever has its address may see it. It looks again by itself: with a script
/// as soon as something changes, without one every few seconds while it moves.
/// </summary>
public sealed class OrderModel(IOrdering ordering, IPayment payment, Parts parts, Budgets budgets, Outside outside) : ShopPage
{
    /// <summary>Null: Ordering does not answer.</summary>
    public Order? Order { get; private set; }

    public OrderStory Story => field ??= new OrderStory(Order!);

    public string Id { get; private set; } = "";

    public string At => "/order/" + Uri.EscapeDataString(Id);

    /// <summary>Where to send a card again that could not be passed on.</summary>
    public string? Again { get; private set; }

    /// <summary>The bank's page, where the order waits for that.</summary>
    public string? Bank => Order?.State == "AwaitingCustomer" && outside.IsBank(Order.Payment.NextActionUrl) ? Order.Payment.NextActionUrl : null;

    public Task<IActionResult> OnGetAsync(string id) => ShowAsync(id);

    /// <summary>
    /// For the page's script: the order's version, as soon as it is another. Asked for here and not at Ordering itself, because
    /// the browser has no token to show there.
    /// </summary>
    public async Task<IActionResult> OnGetVersionAsync(string id, long after)
    {
        Get<PagePolicy>().IsPersonal = true;
        var part = await parts.FetchAsync("order", budgets.OrderChange, cancellation => ordering.NewerAsync(id, after, cancellation), HttpContext.RequestAborted);
        if (!part.Has(out var answer)) return StatusCode(StatusCodes.Status503ServiceUnavailable);
        Response.Headers.CacheControl = "no-store";
        return answer.Value is { } order ? new JsonResult(new { order.Version }) : NotFound();
    }

    public async Task<IActionResult> OnPostCancelAsync(string id)
    {
        Id = id;
        var part = await parts.FetchAsync("cancel", budgets.OrderChange, cancellation => ordering.CancelAsync(id, cancellation));
        if (!part.Has(out var answer)) return SeeOther(At + "?notice=cancel-away");
        return SeeOther(answer.Value is null ? At + "?notice=cancel-late" : At);
    }

    /// <summary>Leads to the provider's page for another card.</summary>
    public async Task<IActionResult> OnPostPayAsync(string id)
    {
        Id = id;
        if (await OrderAsync(id) is not { } part) return SeeOther(At + "?notice=payment-away");
        if (part.Value is not { CanPayAgain: true } order) return SeeOther(At + "?notice=pay-late");
        var back = outside.Address(Request, At);
        var page = new PageRequest($"order-{order.Number}-{order.Payment.Attempt + 1}", order.Total, $"{back}/card?attempt={order.Payment.Attempt + 1}", back);
        var made = await parts.FetchAsync("payment page", budgets.Payment, cancellation => payment.PageAsync(page, cancellation), HttpContext.RequestAborted);
        return SeeOther(made.Has(out var address) ? address : At + "?notice=payment-away");
    }

    /// <summary>
    /// Back from there: the order is paid with that card. Who comes here knows the order's address and has just entered
    /// the card for it, so it needs no other button; come to again, it is the same payment.
    /// </summary>
    public async Task<IActionResult> OnGetCardAsync(string id, int attempt, [FromQuery(Name = "payment_method")] string? token)
    {
        Id = id;
        if (!CheckoutModel.IsToken(token)) return SeeOther(At + "?notice=card-lost");
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id} {attempt} {token}")))[..32];
        var part = await parts.FetchAsync("pay", budgets.OrderChange, cancellation => ordering.PayAsync(id, token!, key, cancellation));
        if (part.Has(out var answer)) return SeeOther(answer.Code == "order.not_payable" ? At + "?notice=pay-late" : At);
        Again = $"{At}/card?attempt={attempt}&payment_method={token}";
        return await ShowAsync(id);
    }

    async Task<IActionResult> ShowAsync(string id)
    {
        IsCheckout();
        Id = id;
        if (await OrderAsync(id) is not { } answer) SayUnavailable();
        else if (answer.Value is null) return NotFound();
        else Order = answer.Value;
        return Page();
    }

    /// <summary>Null: no answer. Without a value: there is no such order.</summary>
    async Task<Answer<Order>?> OrderAsync(string id) => (await parts.FetchAsync("order", budgets.Order,
        cancellation => ordering.OrderAsync(id, cancellation), HttpContext.RequestAborted)).Or(null!);
}
