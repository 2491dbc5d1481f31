using Microsoft.AspNetCore.Http.HttpResults;

namespace Souk.Shipping;

/// <summary>What can be chosen for a country and a weight, and what it costs: pure figures, no database. Empty: not served.</summary>
static class ReadOptions
{
    public static void Map(IEndpointRouteBuilder app) => app
        .MapGet("/internal/options", Handle)
        .WithName("ReadOptions")
        .AllowCallers("ordering", "console", "souk");

    static Results<Ok<OptionsView>, Refusal> Handle(string? country, long? grams, Rates rates)
    {
        if (!Country.IsValid(country)) return ShippingRefusals.CountryInvalid;
        if (grams is not (>= 0 and { } weight)) return ShippingRefusals.GramsInvalid;
        return TypedResults.Ok(new OptionsView(rates.For(country!, weight)));
    }
}

/// <summary>The cheapest first.</summary>
sealed record OptionsView(IReadOnlyList<ShippingOption> Options);

/// <summary>Two capital letters of ISO 3166-1.</summary>
static class Country
{
    public static bool IsValid(string? country) => country is { Length: 2 } && country.All(char.IsAsciiLetterUpper);
}
