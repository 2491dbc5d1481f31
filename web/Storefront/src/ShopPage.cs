using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Souk.Storefront;

/// <summary>What every page shows around its own content: the aisles and the cart. Asked for while the page asks for its own.</summary>
public abstract class ShopPage : PageModel
{
    public Part<IReadOnlyList<Category>> Aisles { get; private set; }

    public Part<Cart> Cart { get; private set; }

    /// <summary>What to say about the form that led here.</summary>
    public Notice? Notice { get; private set; }

    /// <summary>Whether the shopper has an account and is known by it just now.</summary>
    public bool HasSignedIn => HttpContext.Customer() is not null;

    /// <summary>The address that they signed in with.</summary>
    public string SignedInAs => User.FindFirst("email")?.Value ?? "";

    /// <summary>Where to come back to after signing in: this page, where it can be asked for again.</summary>
    public string Here => HttpMethods.IsGet(Request.Method) && !Request.Path.StartsWithSegments("/oops") ? Request.Path + Request.QueryString : "/";

    protected T Get<T>() where T : notnull => HttpContext.RequestServices.GetRequiredService<T>();

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        Notice = Notices.Of(Request.Query["notice"]);
        if (HttpMethods.IsPost(Request.Method) && context.HandlerMethod is not null)
        {
            await next();
            return;
        }
        var aisles = Get<Categories>().AllAsync(HttpContext.RequestAborted);
        var cart = Get<ShopperCart>().ReadAsync();
        await next();
        Aisles = await aisles;
        Cart = await cart;
    }

    /// <summary>The page shows what is its shopper's alone, and its forms may lead to the payment provider.</summary>
    protected void IsCheckout()
    {
        var policy = Get<PagePolicy>();
        policy.IsPersonal = true;
        policy.FormsLeadTo = Get<Outside>().Provider;
    }

    /// <summary>303: what was sent is done with, and a reload sends nothing.</summary>
    protected StatusCodeResult SeeOther(string address)
    {
        Response.Headers.Location = address;
        return StatusCode(StatusCodes.Status303SeeOther);
    }

    /// <summary>The main part of the page is missing: it is shown, and programs are told to come again.</summary>
    protected void SayUnavailable()
    {
        Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        Response.Headers.RetryAfter = "5";
    }
}
