namespace Souk.Storefront;

/// <summary>One value that can be chosen, and the variant it leads to.</summary>
public sealed record ChoiceValue(string Value, string Sku, bool IsChosen, bool IsExact);

/// <summary>One option of a product, such as Size, with its values.</summary>
public sealed record Choice(string Name, string Chosen, IReadOnlyList<ChoiceValue> Values)
{
    /// <summary>
    /// What can be chosen from here. A value keeps the other options as they are where such a variant exists
    /// (<c>IsExact</c>), else it leads to the variant that keeps most of them.
    /// </summary>
    public static IReadOnlyList<Choice> From(Product product, Variant chosen) =>
    [
        .. from option in product.Options
           let now = ValueOf(chosen, option.Name)
           where now is not null && option.Values.Count > 0
           select new Choice(option.Name, now,
           [
               .. from value in option.Values
                  let best = product.Variants.Where(variant => ValueOf(variant, option.Name) == value)
                      .MaxBy(variant => Kept(variant, chosen, option.Name))
                  where best is not null
                  select new ChoiceValue(value, best.Sku, value == now, Kept(best, chosen, option.Name) == chosen.Options.Count - 1),
           ]),
    ];

    static string? ValueOf(Variant variant, string option) =>
        variant.Options.FirstOrDefault(value => value.Name == option)?.Value;

    static int Kept(Variant variant, Variant chosen, string except) =>
        chosen.Options.Count(value => value.Name != except && ValueOf(variant, value.Name) == value.Value);
}
