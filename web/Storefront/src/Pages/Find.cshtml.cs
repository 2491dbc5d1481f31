using Microsoft.AspNetCore.Mvc;

namespace Souk.Storefront.Pages;

/// <summary>Finds an order by its number and the address it was ordered with. A wrong number and a wrong address get the same words.</summary>
public sealed class FindModel(IOrdering ordering, Parts parts, Budgets budgets) : ShopPage
{
    const int NumberMax = 40;

    /// <summary>What was typed, for one more try. The email address stays out of the page's address.</summary>
    public string Number { get; private set; } = "";

    public string Email { get; private set; } = "";

    public void OnGet(string? number)
    {
        Get<PagePolicy>().IsPersonal = true;
        Number = Clean(number);
        Email = TempData["email"] as string ?? "";
    }

    public async Task<IActionResult> OnPostAsync(string? number, string? email)
    {
        var request = new LookupRequest(Clean(number), Field.Email.Clean(email));
        var part = await parts.FetchAsync("lookup", budgets.Order, cancellation => ordering.FindAsync(request, cancellation), HttpContext.RequestAborted);
        if (part.Has(out var answer) && answer.Value is { } found) return SeeOther("/order/" + Uri.EscapeDataString(found.Id));
        TempData["email"] = request.Email;
        return SeeOther($"/orders/find?notice={(part.IsOk ? "lookup-unknown" : "lookup-away")}&number={Uri.EscapeDataString(request.Number)}");
    }

    /// <summary>As it stands in a mail, however it was typed.</summary>
    static string Clean(string? number)
    {
        var text = string.Concat((number ?? "").Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')).ToUpperInvariant();
        return text.Length <= NumberMax ? text : text[..NumberMax];
    }
}
