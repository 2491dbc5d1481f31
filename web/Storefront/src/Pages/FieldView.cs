namespace Souk.Storefront.Pages;

/// <summary>A field with what was typed into it and, where that cannot be taken, why.</summary>
public sealed record FieldView(Field Field, string Value, string? Wrong)
{
    public static FieldView Of(Field field, CheckoutModel page) => new(field, page.Draft[field.Name], page.Wrong.GetValueOrDefault(field.Name));
}
