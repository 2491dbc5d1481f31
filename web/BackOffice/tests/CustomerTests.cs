using System.Net;

namespace Souk.BackOffice.Tests;

/// <summary>Customers: found, disabled, enabled.</summary>
public sealed class CustomerTests
{
    [Fact]
    public async Task An_account_is_found_by_its_address_and_shown_with_its_orders()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        Assert.DoesNotContain("/staff/customers/amal", (await staff.GetAsync("/staff/customers")).Html, StringComparison.Ordinal);
        Assert.Contains("/staff/customers/amal", (await staff.GetAsync("/staff/customers?query=amal%40")).Html, StringComparison.Ordinal);
        Assert.Contains("login GET /api/login/accounts?query=amal%40", office.Backend.Asked);
        Assert.Contains("7K2M9QX1", (await staff.GetAsync("/staff/customers/amal")).Text, StringComparison.Ordinal);
        Assert.Contains("ordering GET /api/ordering/staff/orders?customer=amal", office.Backend.Asked);
    }

    [Fact]
    public async Task An_account_is_disabled_and_enabled_again()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        var disabled = await staff.SubmitAsync(await staff.GetAsync("/staff/customers/amal"), "/staff/customers/amal/disable");
        Assert.Contains("This account is disabled", disabled.Text, StringComparison.Ordinal);
        await staff.SubmitAsync(disabled, "/staff/customers/amal/enable");
        Assert.False(office.Backend.Account["isDisabled"]!.GetValue<bool>());
    }

    [Fact]
    public async Task With_Login_down_the_orders_are_shown_all_the_same()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        office.Backend.Down.Add("login");
        var page = await staff.GetAsync("/staff/customers/amal");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Contains("7K2M9QX1", page.Text, StringComparison.Ordinal);
    }
}
