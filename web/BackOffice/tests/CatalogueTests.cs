using System.Net;
using System.Text.Json.Nodes;

namespace Souk.BackOffice.Tests;

/// <summary>Products: listed, edited whole, imported.</summary>
public sealed class CatalogueTests
{
    const string At = "/staff/catalogue/product?handle=tall-mug";
    const string Save = "/staff/catalogue/product/save";

    [Fact]
    public async Task A_product_saved_as_it_was_opened_is_the_same_product()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var before = office.Backend.Product.DeepClone().AsObject();
        var saved = await EditAsync(staff, await staff.GetAsync(At));
        Assert.Equal((HttpStatusCode.SeeOther, At + "&notice=saved"), (saved.Status, saved.Response.Headers.Location!.OriginalString));
        Assert.Contains("Saved.", (await staff.FollowAsync(saved)).Text, StringComparison.Ordinal);
        before["version"] = 4;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(before.ToJsonString()), JsonNode.Parse(office.Backend.Product.ToJsonString())), office.Backend.Product.ToJsonString());
    }

    [Fact]
    public async Task What_is_typed_is_written()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        await EditAsync(staff, await staff.GetAsync(At), ("title", "Taller mug"), ("tags", "clay, , tall"), ("published", "false"));
        Assert.Equal("Taller mug", office.Backend.Product["title"]!.GetValue<string>());
        Assert.Equal("""["clay","tall"]""", office.Backend.Product["tags"]!.ToJsonString());
        Assert.False(office.Backend.Product["published"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Who_was_slower_is_told_so_and_keeps_what_was_typed()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var opened = await staff.GetAsync(At);
        await EditAsync(staff, await staff.GetAsync(At), ("title", "First"));
        var slower = await EditAsync(staff, opened, ("title", "Second"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, slower.Status);
        Assert.Contains("Somebody has changed this product since you opened it", slower.Text, StringComparison.Ordinal);
        Assert.Contains("value=\"Second\"", slower.Html, StringComparison.Ordinal);
        Assert.Equal("First", office.Backend.Product["title"]!.GetValue<string>());
        // Sent again it is still the stale one.
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await EditAsync(staff, slower)).Status);
    }

    [Fact]
    public async Task A_price_that_is_none_is_refused_before_anything_is_written()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var refused = await EditAsync(staff, await staff.GetAsync(At), ("price", "cheap"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.DoesNotContain(office.Backend.Asked, asked => asked.StartsWith("catalog PUT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_Catalog_does_not_take_is_said_row_by_row()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var refused = await EditAsync(staff, await staff.GetAsync(At), ("title", "<script>alert(1)</script>"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("A title like <script>alert(1)</script> is none.", refused.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", refused.Html, StringComparison.Ordinal);
        Assert.Equal("Tall mug", office.Backend.Product["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_new_product_begins_empty_and_an_unknown_one_is_not_found()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        Assert.Contains("It is new", (await staff.GetAsync("/staff/catalogue/product?handle=new-vase&isNew=true")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await staff.GetAsync("/staff/catalogue/product?handle=new-vase")).Status);
        Assert.Contains("19.99 – 24.99", (await staff.GetAsync("/staff/catalogue")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_ends_in_its_report()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var report = await staff.UploadAsync(await staff.GetAsync("/staff/catalogue/import"), "/staff/catalogue/import/send", "file", "Handle,Title\nmug,Mug\n");
        Assert.Equal(HttpStatusCode.OK, report.Status);
        Assert.Contains("Products: 1, of which 1 new", report.Text, StringComparison.Ordinal);
        Assert.Contains("Rows that were not taken: 1.", report.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", report.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", report.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_import_that_breaks_off_says_how_far_it_has_come()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        office.Backend.Import = """{"rows":2,"products":1,"total":3}""" + "\n";
        var report = await staff.UploadAsync(await staff.GetAsync("/staff/catalogue/import"), "/staff/catalogue/import/send", "file", "Handle,Title\nmug,Mug\n");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, report.Status);
        Assert.Contains("at least 2 of 3 rows", report.Text, StringComparison.Ordinal);

        office.Backend.Down.Add("catalog");
        report = await staff.UploadAsync(report, "/staff/catalogue/import/send", "file", "Handle,Title\nmug,Mug\n");
        Assert.Contains("Send it again as it is", report.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_of_some_megabytes_is_taken_and_an_empty_one_is_not()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync("/staff/catalogue/import");
        Assert.Equal(HttpStatusCode.OK, (await staff.UploadAsync(page, "/staff/catalogue/import/send", "file", new string('x', 3_000_000))).Status);
        var empty = await staff.UploadAsync(page, "/staff/catalogue/import/send", "file", "");
        Assert.Equal(HttpStatusCode.BadRequest, empty.Status);
        Assert.Contains("Choose a CSV file", empty.Text, StringComparison.Ordinal);
    }

    static Task<Page> EditAsync(Browser browser, Page page, params (string Name, string Value)[] fields) => browser.PostAsync(page, Save, "same-origin", fields);
}
