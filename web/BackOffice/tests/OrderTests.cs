using System.Net;
using System.Text.Json.Nodes;

namespace Souk.BackOffice.Tests;

/// <summary>Orders: found, looked at, refunded, cancelled.</summary>
public sealed class OrderTests
{
    const string At = "/staff/orders/order-1";

    [Fact]
    public async Task The_overview_shows_what_waits()
    {
        await using var office = await Office.OpenAsync();
        office.Backend.Attention.Add(new JsonObject { ["saga"] = "checkout", ["id"] = "order-1", ["orderId"] = "order-1", ["state"] = "NeedsAttention", ["since"] = "2026-01-02T03:04:05Z", ["note"] = "no answer for a day" });
        var page = await (await office.StaffAsync()).GetAsync("/staff");
        foreach (var shown in (string[])["no answer for a day", "MUG-S", "7K2M9QX1", "nadia@example.com"]) Assert.Contains(shown, page.Text, StringComparison.Ordinal);
        Assert.Contains(office.Backend.Asked, asked => asked.Contains("below=5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_a_service_down_the_rest_is_shown()
    {
        await using var office = await Office.OpenAsync();
        office.Backend.Down.Add("inventory");
        var page = await (await office.StaffAsync()).GetAsync("/staff");
        Assert.Contains("Stock cannot be shown just now", page.Text, StringComparison.Ordinal);
        Assert.Contains("7K2M9QX1", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_asks_for_what_is_filtered_and_leads_on_with_it()
    {
        await using var office = await Office.OpenAsync();
        var page = await (await office.StaffAsync()).GetAsync("/staff/orders?state=Completed&email=amal%40example.com&since=2026-01-02");
        Assert.Contains("ordering GET /api/ordering/staff/orders?state=Completed&email=amal%40example.com&since=2026-01-02T00%3A00%3A00Z", office.Backend.Asked);
        Assert.Contains("href=\"/staff/orders?state=Completed&amp;email=amal%40example.com&amp;since=2026-01-02&amp;after=next-page\"", page.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_is_shown_whole_and_to_nobody_who_comes_later()
    {
        await using var office = await Office.OpenAsync();
        office.Backend.Actions.Add(new JsonObject { ["what"] = "move", ["by"] = "samir", ["was"] = "NeedsAttention", ["became"] = "Captured", ["reason"] = "paid after all", ["at"] = "2026-01-03T00:00:00Z" });
        var page = await (await office.StaffAsync()).GetAsync(At);
        foreach (var shown in (string[])["Order 7K2M9QX1", "Amal Haddad", "Rosenweg 7", "Tall mug", "€93.88", "Captured", "TRACK-1", "Placed", "paid after all", "samir"])
        {
            Assert.Contains(shown, page.Text, StringComparison.Ordinal);
        }
        Assert.Contains("/staff/customers/amal", page.Html, StringComparison.Ordinal);
        Assert.True(page.Response.Headers.CacheControl is { Private: true, NoStore: true });
    }

    [Fact]
    public async Task Pieces_go_back_once_however_often_the_button_is_pressed()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync(At);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
            staff.PostAsync(page, At + "/refund", "same-origin", ("pieces-1", "1"), ("reason", "broken"))));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.SeeOther, answer.Status));
        var asked = Assert.Single(office.Backend.Refunds)["asked"]!;
        Assert.Equal("""[{"sku":"MUG-S","quantity":1}]""", asked["lines"]!.ToJsonString());
        Assert.Contains("broken", (await staff.FollowAsync(answers[0])).Text, StringComparison.Ordinal);

        // The page that it leads to is another form: what is sent there is another refund.
        await staff.SubmitAsync(await staff.GetAsync(At), At + "/refund", ("what", "amount"), ("amount", "5,50"), ("reason", "late"));
        Assert.Equal(550, office.Backend.Refunds[1]["asked"]!["amount"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_refund_whose_answer_is_lost_is_sent_again_as_it_was()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync(At);
        office.Backend.LosesAnswers = true;
        var lost = await staff.PostAsync(page, At + "/refund", "same-origin", ("what", "rest"), ("reason", "all of it"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, lost.Status);
        Assert.Contains("Send it again as it is", lost.Text, StringComparison.Ordinal);
        office.Backend.LosesAnswers = false;
        await staff.SubmitAsync(lost, At + "/refund");
        Assert.Equal("all of it", Assert.Single(office.Backend.Refunds)["reason"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("pieces", "", "why", "Say what goes back")]
    [InlineData("amount", "a lot", "why", "That is no number")]
    [InlineData("amount", "-5", "why", "That is no number")]
    [InlineData("amount", "5", " ", "Say why")]
    [InlineData("amount", "5000", "why", "That is more than is left")]
    public async Task What_cannot_be_refunded_is_said_and_what_was_typed_is_kept(string what, string amount, string reason, string said)
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var page = await staff.PostAsync(await staff.GetAsync(At), At + "/refund", "same-origin", ("what", what), ("amount", amount), ("reason", reason));
        Assert.InRange((int)page.Status, 400, 409);
        Assert.Contains(said, page.Text, StringComparison.Ordinal);
        Assert.Contains($"name=\"amount\" type=\"text\" inputmode=\"decimal\" maxlength=\"16\" value=\"{amount}\"", page.Html, StringComparison.Ordinal);
        Assert.Empty(office.Backend.Refunds);
    }

    [Fact]
    public async Task An_order_that_can_be_cancelled_is_and_another_says_that_it_is_too_late()
    {
        await using var office = await Office.OpenAsync();
        (office.Backend.Order["state"], office.Backend.Order["canCancel"]) = ("Authorized", true);
        var staff = await office.StaffAsync();
        var page = await staff.GetAsync(At);
        Assert.DoesNotContain(At + "/refund", page.Html, StringComparison.Ordinal);
        Assert.Contains("being cancelled", (await staff.SubmitAsync(page, At + "/cancel", ("reason", "asked for"))).Text, StringComparison.Ordinal);
        var late = await staff.PostAsync(page, At + "/cancel", "same-origin", ("reason", "asked for"));
        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("cannot be cancelled any more", late.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_Ordering_down_an_order_says_so_and_an_unknown_one_is_not_found()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await staff.GetAsync("/staff/orders/none")).Status);
        office.Backend.Down.Add("ordering");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await staff.GetAsync(At)).Status);
    }
}
