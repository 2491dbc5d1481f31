using System.Globalization;
using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>
/// The cart, from Cart alone: it shows priced lines while Catalog is down. Every form ends in a redirect, so a reload
/// repeats nothing; a change that Cart did not take is told, and nothing is lost.
/// </summary>
public sealed class CartModel(ShopperCart shopper, IInventory inventory, Parts parts, Budgets budgets) : ShopPage
{
    IReadOnlyDictionary<string, Stock> _stock = Stock.Unknown;

    public Stock StockOf(string sku) => _stock.GetValueOrDefault(sku) ?? new Stock(sku, null, null);

    /// <summary>SKUs of which a checkout did not get enough.</summary>
    public IReadOnlyList<string> Short { get; private set; } = [];

    public async Task OnGetAsync()
    {
        Short = [.. Request.Query["short"].OfType<string>()];
        var cart = (await shopper.ReadAsync()).Or(Storefront.Cart.Empty);
        var skus = cart.Lines.Where(line => line.Available).Select(line => line.Sku).ToList();
        if (skus.Count == 0) return;
        _stock = (await parts.FetchAsync("stock", budgets.Inventory,
            cancellation => inventory.StockAsync(skus, cancellation), HttpContext.RequestAborted)).Or(Stock.Unknown);
    }

    /// <summary>Adds on top of what is there; sent twice, it adds twice.</summary>
    public async Task<IActionResult> OnPostAddAsync(string? sku, string? quantity, string? back)
    {
        if (string.IsNullOrEmpty(sku) || !TryQuantity(quantity, out var count)) return Back(back, "quantity-invalid");
        var change = await shopper.AddAsync(sku, count);
        return Back(back, change.IsDone ? "added" : change.Notice);
    }

    /// <summary>Sets a line's quantity; with <c>by</c>, moves it up or down by that.</summary>
    public async Task<IActionResult> OnPostSetAsync(string? sku, string? quantity, string? by)
    {
        if (string.IsNullOrEmpty(sku)) return Back(null, "sku-unknown");
        CartChange change;
        if (by is "1" or "-1") change = await shopper.AddAsync(sku, by == "1" ? 1 : -1);
        else if (TryQuantity(quantity, out var wanted)) change = await shopper.SetAsync(sku, wanted);
        else return Back(null, "quantity-invalid");
        return Back(null, change.IsDone ? "updated" : change.Notice);
    }

    public async Task<IActionResult> OnPostRemoveAsync(string? sku)
    {
        if (string.IsNullOrEmpty(sku)) return Back(null, "sku-unknown");
        var change = await shopper.RemoveAsync(sku);
        return Back(null, change.IsDone ? "removed" : change.Notice);
    }

    static bool TryQuantity(string? text, out int quantity) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out quantity) && quantity is > 0 and <= ShopperCart.QuantityMax;

    /// <summary>303 to a page of this shop with a notice; any other address is ignored.</summary>
    StatusCodeResult Back(string? address, string notice)
    {
        var to = address is not null && Url.IsLocalUrl(address) && !address.StartsWith('~') ? address : "/cart";
        return SeeOther($"{to}{(to.Contains('?', StringComparison.Ordinal) ? '&' : '?')}notice={notice}");
    }
}
