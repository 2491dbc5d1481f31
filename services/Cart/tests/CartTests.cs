namespace Souk.Cart.Tests;

/// <summary>The rules, without a host.</summary>
public sealed class CartTests
{
    static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    readonly Cart _empty = Cart.New("id", Start);

    [Fact]
    public void A_new_cart_has_no_lines_and_lives_for_thirty_days()
    {
        Assert.Empty(_empty.Lines);
        Assert.Equal(1, _empty.Version);
        Assert.Equal(Start.AddDays(30), _empty.ExpiresAt);
    }

    [Theory]
    [InlineData(int.MinValue, false), InlineData(-1, false), InlineData(0, false), InlineData(1, true)]
    [InlineData(99, true), InlineData(100, false), InlineData(int.MaxValue, false)]
    public void A_quantity_is_from_1_to_99(int quantity, bool allowed) =>
        Assert.Equal(allowed, Cart.IsQuantity(quantity));

    [Fact]
    public void A_change_is_the_next_version_and_thirty_more_days()
    {
        var later = Start.AddDays(3);
        var cart = Put(_empty, Mug(), 2, later);
        Assert.Equal(2, cart.Version);
        Assert.Equal(later.AddDays(30), cart.ExpiresAt);
        Assert.Equal([new Line(Mug(), 2, 500, 2, 2)], cart.Lines);
    }

    [Fact]
    public void What_changes_nothing_is_no_new_version_and_no_longer_life()
    {
        var cart = Put(_empty, Mug(), 2);
        Assert.Same(cart, cart.Put(Mug(), 2, Start.AddDays(1)).Cart);
        Assert.Same(cart, cart.Remove("TEE", Start.AddDays(1)).Cart);
    }

    [Fact]
    public void A_line_keeps_its_place_and_the_price_it_was_added_at()
    {
        var cart = Put(Put(_empty, Mug(), 1), Tee(), 1);
        cart = cart with { Lines = [.. cart.Lines.Select(line => line with { Variant = line.Variant with { Price = 700 } })] };
        cart = Put(cart, Mug(700), 5);
        Assert.Equal([("MUG", 5, 500), ("TEE", 1, 1999)],
            cart.Lines.Select(line => (line.Variant.Sku, line.Quantity, line.AddedPrice)));
    }

    [Fact]
    public void A_line_added_again_goes_to_the_end_at_the_new_price()
    {
        var cart = Put(Put(_empty, Mug(), 1), Tee(), 1);
        cart = Put(cart.Remove("MUG", Start).Cart!, Mug(700), 1);
        Assert.Equal([("TEE", 1999), ("MUG", 700)], cart.Lines.Select(line => (line.Variant.Sku, line.AddedPrice)));
    }

    [Fact]
    public void A_cart_takes_100_lines_and_no_more_but_its_lines_can_be_changed()
    {
        var cart = _empty;
        for (var i = 0; i < 100; i++) cart = Put(cart, Mug() with { Sku = "S" + i }, 1);
        Assert.Equal("cart.lines_full", cart.Put(Mug(), 1, Start).Refusal?.Code);
        Assert.Equal(99, Put(cart, Mug() with { Sku = "S99" }, 99).Line("S99")!.Quantity);
        Assert.Equal(99, cart.Remove("S0", Start).Cart!.Lines.Count);
    }

    [Fact]
    public void What_is_unknown_or_withdrawn_cannot_be_put_but_taken_out()
    {
        var cart = Put(_empty, Mug(), 1);
        Assert.Equal("cart.sku_unknown", cart.Put(null, 1, Start).Refusal?.Code);
        Assert.Equal("cart.sku_unknown", cart.Put(Mug() with { Available = false }, 2, Start).Refusal?.Code);
        Assert.Empty(cart.Remove("MUG", Start).Cart!.Lines);
    }

    [Fact]
    public void The_total_is_whole_minor_units_of_what_is_for_sale()
    {
        var cart = Put(Put(_empty, Mug(), 3), Tee() with { Available = true }, 99);
        cart = cart with { Lines = [cart.Lines[0] with { Variant = Mug() with { Available = false } }, cart.Lines[1]] };
        var view = CartView.Of(cart, new StoreCurrency("EUR"));
        Assert.Equal(new Money(99 * 1999, "EUR"), view.Total);
        Assert.Equal(99, view.ItemCount);
        Assert.Equal([false, true], view.Lines.Select(line => line.Available));
        Assert.Equal(new Money(1500, "EUR"), view.Lines[0].LineTotal);
    }

    [Fact]
    public void A_checkout_takes_what_was_ordered_and_leaves_what_came_later()
    {
        var ordered = Put(Put(Put(Put(_empty, Mug(), 3), Tee(), 2), Other("CUP"), 5), Other("KEPT"), 1);
        var later = Put(Put(Put(ordered, Tee(), 6), Other("CUP"), 4), Other("NEW"), 1);
        Ordered[] lines = [new("MUG", 3), new("TEE", 2), new("CUP", 5), new("NEW", 1)];

        var left = later.CheckOut(ordered.Version, lines, Start.AddDays(1));
        Assert.Equal([("TEE", 4), ("KEPT", 1), ("NEW", 1)], left.Lines.Select(line => (line.Variant.Sku, line.Quantity)));
        Assert.Equal((later.Version + 1, Start.AddDays(31)), (left.Version, left.ExpiresAt));
        Assert.Equal(left.Version, left.Line("TEE")!.ChangedVersion);
        Assert.Same(left, left.CheckOut(ordered.Version, [new("MUG", 3), new("NEW", 1)], Start.AddDays(2)));
    }

    [Fact]
    public void A_line_that_was_taken_out_and_put_in_again_is_a_later_one()
    {
        var ordered = Put(_empty, Mug(), 3);
        var again = Put(ordered.Remove("MUG", Start).Cart!, Mug(), 3);
        Assert.Same(again, again.CheckOut(ordered.Version, [new("MUG", 3)], Start));
    }

    [Theory]
    [InlineData("AZaz09-_", true), InlineData("", false), InlineData("a b", false), InlineData("ä", false), InlineData("a\0", false)]
    public void An_id_is_of_letters_digits_dash_and_underscore(string text, bool allowed) =>
        Assert.Equal(allowed, Cart.IsId(text));

    [Fact]
    public void No_id_is_longer_than_64() => Assert.False(Cart.IsId(new string('a', 65)));

    static Variant Mug(long price = 500) => new("MUG", "mug", "Mug", "", null, price, true, 350);

    static Variant Other(string sku) => Mug() with { Sku = sku };

    static Variant Tee() => new("TEE", "tee", "Tee", "Blue", new Image("tee.svg", null), 1999, true, 200);

    static Cart Put(Cart cart, Variant variant, int quantity, DateTimeOffset? now = null) =>
        cart.Put(variant, quantity, now ?? Start).Cart!;
}
