using System.Net;

namespace Souk.BackOffice.Tests;

/// <summary>Stock: listed, received, corrected.</summary>
public sealed class StockTests
{
    const string Item = "/staff/stock/item?sku=MUG-S";

    [Fact]
    public async Task What_comes_in_is_added_once_and_stands_in_the_audit()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync(Item);
        Assert.Contains("4 on hand · 1 promised to shoppers · 3 left to sell", page.Text, StringComparison.Ordinal);
        for (var press = 0; press < 2; press++) await staff.SubmitAsync(page, "/staff/stock/item/receive", ("quantity", "6"), ("reason", "note 17"));
        page = await staff.GetAsync(Item);
        Assert.Contains("10 on hand", page.Text, StringComparison.Ordinal);
        Assert.Contains("note 17", page.Text, StringComparison.Ordinal);
        Assert.Single(office.Backend.Changes);
    }

    [Fact]
    public async Task A_count_is_set_with_its_reason_and_never_below_what_is_promised()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var done = await staff.SubmitAsync(await staff.GetAsync(Item), "/staff/stock/item/correct", ("onHand", "2"), ("reason", "counted"));
        Assert.Contains("2 on hand", done.Text, StringComparison.Ordinal);
        var refused = await staff.PostAsync(await staff.GetAsync(Item), "/staff/stock/item/correct", "same-origin", ("onHand", "0"), ("reason", "thieves"));
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("promised to shoppers; what is on hand cannot be less", refused.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"thieves\"", refused.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_is_narrowed_and_an_unknown_SKU_is_not_found()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        Assert.Contains("MUG-S", (await staff.GetAsync("/staff/stock?query=MUG&below=3")).Text, StringComparison.Ordinal);
        Assert.Contains("inventory GET /api/inventory/staff/stock?query=MUG&below=3&limit=50", office.Backend.Asked);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.GetAsync("/staff/stock/item?sku=NONE")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.GetAsync("/staff/stock/item")).Status);
    }
}
