using System.Text.Json;

namespace Souk.Storefront;

/// <summary>What the shop asks of Payment.</summary>
public interface IPayment
{
    /// <summary>The provider's page, where a card is entered; it comes back to <c>ReturnUrl</c> with a token for it.</summary>
    Task<string> PageAsync(PageRequest request, CancellationToken cancellation);
}

public sealed record PageRequest(string Reference, Money Amount, string ReturnUrl, string CancelUrl);

public sealed record ProviderPage(string? Url);

/// <summary>Asks Payment over HTTP.</summary>
sealed class PaymentClient(HttpClient http, Outside outside) : IPayment
{
    public async Task<string> PageAsync(PageRequest request, CancellationToken cancellation)
    {
        using var response = await http.PostAsJsonAsync("/internal/pages", request, Wire.Default.PageRequest, cancellation);
        var page = await Wire.ReadAsync(response, Wire.Default.ProviderPage, cancellation);
        // The pages' policy allows no other place; a shopper sent elsewhere would see a blank page.
        return outside.IsProvider(page.Url) ? page.Url! : throw new JsonException("The page is not the provider's.");
    }
}

/// <summary>
/// Where browsers find this shop and its payment provider. Settings: <c>Souk:StoreUrl</c> (default: as the request
/// came), <c>Souk:ProviderUrl</c> (<c>https://checkout.stripe.com</c> with Stripe).
/// </summary>
public sealed class Outside
{
    readonly string? _store;

    public Outside(IConfiguration settings)
    {
        _store = OriginOf(settings["Souk:StoreUrl"]);
        Provider = OriginOf(settings["Souk:ProviderUrl"]);
    }

    /// <summary>The provider's origin; null: nobody is paid here.</summary>
    public string? Provider { get; }

    public string Address(HttpRequest request, string path) => (_store ?? $"{request.Scheme}://{request.Host}") + path;

    public bool IsProvider(string? address) => Provider is not null && OriginOf(address) == Provider;

    /// <summary>A bank's page may be anywhere, if it is over https.</summary>
    public bool IsBank(string? address) => IsProvider(address) || OriginOf(address)?.StartsWith("https:", StringComparison.Ordinal) == true;

    static string? OriginOf(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            ? uri.GetLeftPart(UriPartial.Authority) : null;
}
