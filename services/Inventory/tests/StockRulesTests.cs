using CsCheck;

namespace Souk.Inventory.Tests;

/// <summary>The rules by themselves.</summary>
public sealed class StockRulesTests
{
    [Theory]
    [InlineData(0, "out_of_stock", 0L)]
    [InlineData(1, "low", 1L)]
    [InlineData(9, "low", 9L)]
    [InlineData(10, "in_stock", null)]
    [InlineData(1_000_000_000, "in_stock", null)]
    public void A_shopper_sees_the_exact_number_below_ten_alone(long available, string words, long? number)
    {
        var shown = Shown.Of(available);
        Assert.Equal((words, number), (System.Text.Json.JsonSerializer.Serialize(shown.Availability).Trim('"'), shown.Available));
    }

    [Theory]
    [InlineData(-5, 0), InlineData(0, 0), InlineData(7, 7), InlineData(long.MaxValue, Stock.OnHandMax), InlineData(long.MinValue, 0)]
    public void A_first_quantity_is_brought_into_bounds(long said, long taken) =>
        Assert.Equal(new Stock("A", taken, 0, 1), Stock.Open("A", said));

    [Fact]
    public void What_is_promised_is_never_more_than_what_is_there_and_a_refusal_changes_nothing() =>
        Gen.Select(Gen.Long[0, 50], Gen.Long[0, 50], Gen.Bool, Gen.Long[-10, 60]).Sample((onHand, reserved, receive, number) =>
        {
            var before = new Stock("A", Math.Max(onHand, reserved), reserved, 5);
            var (after, refusal) = receive ? before.Receive(number) : before.Correct(number);
            Assert.NotEqual(after is null, refusal is null);
            if (after is null) return;
            Assert.InRange(after.Reserved, 0, after.OnHand);
            Assert.Equal((6, reserved), (after.Version, after.Reserved));
            Assert.Equal(receive ? before.OnHand + number : number, after.OnHand);
        });

    [Fact]
    public void No_sum_overflows()
    {
        var full = new Stock("A", Stock.OnHandMax, 0, 1);
        Assert.Equal("inventory.stock.above_maximum", full.Receive(1).Refusal?.Code);
        Assert.Equal("inventory.receipt.quantity_invalid", full.Receive(long.MaxValue).Refusal?.Code);
    }
}
