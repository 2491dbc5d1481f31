using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>How far an erasure is. In the end there is no account any more that could be asked for, so its address is the key.</summary>
public sealed class ErasedModel(ISettings settings, Parts parts, Budgets budgets) : ShopPage
{
    /// <summary>Null: Settings does not answer.</summary>
    public Erasure? Erasure { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id)
    {
        Get<PagePolicy>().IsPersonal = true;
        var part = await parts.FetchAsync("erasure", budgets.Order, cancellation => settings.ErasureAsync(id, cancellation), HttpContext.RequestAborted);
        if (!part.Has(out var answer)) SayUnavailable();
        else if (answer.Value is null) return NotFound();
        Erasure = answer?.Value;
        return Page();
    }
}
