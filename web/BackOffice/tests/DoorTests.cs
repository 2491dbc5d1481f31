using System.Net;
using System.Text.RegularExpressions;
using System.Web;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Security;

namespace Souk.BackOffice.Tests;

/// <summary>Who may come in.</summary>
public sealed partial class DoorTests
{
    static readonly string[] Open =
        ["/staff/signin", "/staff/signin/callback", "/staff/signout", "/staff/assets/{address}", "/staff/door", "/staff/oops/{status:int}"];

    [Fact]
    public async Task Every_address_but_those_that_lead_in_and_out_is_for_staff_with_a_second_factor_alone()
    {
        await using var office = await Office.OpenAsync();
        var guest = office.Browser();
        var customer = await office.SignInAsync("amal", hasSecondFactor: true, "customer");
        var support = await office.SignInAsync("samir", hasSecondFactor: true, "customer", "support");
        var weak = await office.SignInAsync("nadia", hasSecondFactor: false, "customer", "staff");
        var staff = await office.StaffAsync();

        var routes = Routes(office);
        Assert.True(routes.Count >= 11, "The route table is not what is tested.");
        foreach (var route in routes.Where(route => !Open.Contains(route)))
        {
            Assert.StartsWith("/staff", route, StringComparison.Ordinal);
            // Whatever is asked for: in an address and in any case of letters.
            foreach (var path in new[] { Filled(route), Filled(route).Replace("/staff", "/STAFF", StringComparison.Ordinal) })
            {
                var led = await guest.GetAsync(path);
                Assert.Equal((303, "/staff/signin?returnUrl=" + Uri.EscapeDataString(path)), ((int)led.Status, led.Response.Headers.Location!.OriginalString));
                Assert.Equal(303, (int)(await guest.PostAsync(null, path, "same-origin")).Status);
                foreach (var browser in new[] { customer, support, weak })
                {
                    Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync(path)).Status);
                    Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostAsync(null, path, "same-origin")).Status);
                }
            }
            Assert.NotEqual(HttpStatusCode.Forbidden, (await staff.GetAsync(Filled(route))).Status);
        }
        Assert.All(office.Backend.Users, user => Assert.Equal("nadia", user));
    }

    [Fact]
    public async Task Who_is_not_of_staff_is_told_so_and_whose_factor_is_missing_where_to_set_it_up()
    {
        await using var office = await Office.OpenAsync();
        var customer = await (await office.SignInAsync("amal", hasSecondFactor: true, "customer")).GetAsync("/staff");
        Assert.Contains("This is for the store’s staff", customer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/staff/orders", customer.Html, StringComparison.Ordinal);

        var browser = await office.SignInAsync("nadia", hasSecondFactor: false, "customer", "staff");
        var weak = await browser.GetAsync("/staff/orders");
        Assert.Contains("A second factor is needed", weak.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/account\"", weak.Html, StringComparison.Ordinal);
        var left = await browser.PostAsync(weak, "/staff/signout", "same-origin");
        Assert.StartsWith(TestIssuer.Address + "connect/logout?", left.Response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString(TestIssuer.Address + "staff"), left.Response.Headers.Location.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Staff_whom_Login_has_ended_is_led_to_sign_in()
    {
        await using var office = await Office.OpenAsync();
        var staff = await office.StaffAsync();
        Assert.Equal(HttpStatusCode.OK, (await staff.GetAsync("/staff")).Status);
        office.Login.Issuer.RevokeSubject("nadia");
        await Eventually.HoldsAsync("the session is over", async () => (await staff.GetAsync("/staff")).Status == HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task With_Login_down_signing_in_says_that_it_is_unavailable()
    {
        await using var office = await Office.OpenAsync();
        office.Backend.Down.Add("login");
        var browser = office.Browser();
        var led = await browser.GetAsync("/staff/signin");
        Assert.Equal("/staff/door?notice=signin-unavailable", led.Response.Headers.Location!.OriginalString);
        Assert.Contains("Signing in is unavailable", (await browser.GetAsync("/staff/door?notice=signin-unavailable")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whom_Login_does_not_let_in_is_told_that_it_is_for_staff()
    {
        await using var office = await Office.OpenAsync();
        var browser = office.Browser();
        var led = await browser.GetAsync("/staff/signin");
        var state = HttpUtility.ParseQueryString(led.Response.Headers.Location!.Query)["state"]!;
        var back = await browser.GetAsync($"/staff/signin/callback?error=access_denied&state={Uri.EscapeDataString(state)}&iss={Uri.EscapeDataString(TestIssuer.Address)}");
        Assert.Equal("/staff/door?notice=not-staff", back.Response.Headers.Location!.OriginalString);
        Assert.Contains("not one of staff", (await browser.GetAsync("/staff/door?notice=not-staff")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_gateway_is_served()
    {
        await using var office = await Office.OpenAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await office.Service.Anonymous().GetAsync("/staff")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await office.Service.As("cart").GetAsync("/staff")).StatusCode);
    }

    /// <summary>Every address that a browser can reach.</summary>
    static List<string> Routes(Office office) => [.. office.Service.App.Services.GetRequiredService<IEnumerable<EndpointDataSource>>()
        .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(route => route.Metadata.GetMetadata<Callers>() == Callers.Public)
        .Select(route => "/" + route.RoutePattern.RawText!.TrimStart('/')).Distinct()];

    static string Filled(string route) => Parameter().Replace(route, "order-1").TrimEnd('/');

    [GeneratedRegex(@"(?<=/)\{handler\?\}|\{[^}]*\}")]
    private static partial Regex Parameter();
}
