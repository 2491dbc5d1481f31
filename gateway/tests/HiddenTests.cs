using System.Net;

namespace Souk.Gateway.Tests;

/// <summary>What belongs to the house cannot be reached from outside, however the address is written.</summary>
public sealed class HiddenTests
{
    [Theory]
    [InlineData("/internal")]
    [InlineData("/internal/events")]
    [InlineData("/Internal/Events?after=0")]
    [InlineData("/INTERNAL/imports")]
    [InlineData("//internal/events")]
    [InlineData("/%69nternal/events")]
    [InlineData("/%2569nternal/events")]
    [InlineData("/internal%2fevents")]
    [InlineData("/api/cart/internal/events")]
    [InlineData("/api/cart/Internal")]
    [InlineData("/api/cart//internal/events")]
    [InlineData("/api//cart/internal")]
    [InlineData("/api/cart%2finternal/events")]
    [InlineData("/api/cart/%69nternal")]
    [InlineData("/metrics")]
    [InlineData("/api/cart/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/openapi/events.json")]
    [InlineData("/api/cart/openapi/v1.json")]
    [InlineData("/health")]
    [InlineData("/health/detail")]
    [InlineData("/Health/Detail")]
    [InlineData("/health/%64etail")]
    [InlineData("/health/detail/")]
    [InlineData("/api/cart/health/detail")]
    [InlineData("/api/cart/health/live")]
    public async Task An_address_of_the_house_is_404_and_no_service_hears_of_it(string address)
    {
        await using var house = await House.OpenAsync();
        var plain = new Uri(house.Gateway.Address.AbsoluteUri.TrimEnd('/') + address,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        await Answer.IsProblemAsync(await house.Outside.GetAsync(plain), 404, "request.route_unknown");
        Assert.Equal(0, house.Hits);
    }

    [Theory]
    [InlineData("/api/cart/..%2finternal/events")]
    [InlineData("/api/cart/%2e%2e/internal")]
    [InlineData("/api/cart/%252e%252e/%252e%252e/internal/events")]
    [InlineData("/api/cart/%252e%252e%252finternal")]
    [InlineData("/api/cart/../../internal/events")]
    [InlineData("/api/cart/./x")]
    [InlineData("/api/cart/..\\internal")]
    [InlineData("/api/cart/..%5cinternal")]
    [InlineData("/api/cart/x%2500.json")]
    [InlineData("/api/cart/x%0d%0aSouk-Identity:%20x")]
    [InlineData("/api/cart/%25252525252e")]
    [InlineData("/api/cart/x#/internal")]
    public async Task An_address_that_reads_differently_the_second_time_is_404(string address)
    {
        await using var house = await House.OpenAsync();
        Answer.Is(await Wire.AskAsync(house, $"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 404);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task An_address_with_a_nul_is_no_address_for_the_server_itself()
    {
        await using var house = await House.OpenAsync();
        Answer.Is(await Wire.AskAsync(house, "GET /api/cart/x%00.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 400);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task An_address_with_a_host_in_it_is_judged_by_its_path()
    {
        await using var house = await House.OpenAsync();
        Answer.Is(await Wire.AskAsync(house, "GET http://x/internal/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 404);
        Answer.Is(await Wire.AskAsync(house, "GET http://x/api/cart/../../internal HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 404);
        Assert.Equal(0, house.Hits);
        Answer.Is(await Wire.AskAsync(house, "GET http://x/api/cart/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
    }

    [Fact]
    public async Task Live_and_ready_are_the_gateways_own()
    {
        await using var house = await House.OpenAsync();
        foreach (var address in new[] { "/health/live", "/health/ready" })
        {
            var answer = await house.Outside.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("\"gateway\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task The_launcher_and_the_console_alone_see_the_gateways_figures()
    {
        await using var house = await House.OpenAsync();
        Assert.Equal(HttpStatusCode.OK, (await house.Gateway.As("souk").GetAsync("/health/detail")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await house.Gateway.As("console").GetAsync("/health/detail")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Gateway.As("cart").GetAsync("/health/detail")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await house.Gateway.As("souk").GetAsync("/openapi/v1.json")).StatusCode);
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("TRACK")]
    [InlineData("CONNECT")]
    [InlineData("PROPFIND")]
    [InlineData("get")]
    [InlineData("BREW")]
    public async Task A_method_that_no_service_has_is_405(string method)
    {
        await using var house = await House.OpenAsync();
        var target = method == "CONNECT" ? "x:80" : "/api/cart/x";
        Answer.Is(await Wire.AskAsync(house, $"{method} {target} HTTP/1.1\r\nHost: x:80\r\nConnection: close\r\n\r\n"), 405);
        Assert.Equal(0, house.Hits);
    }
}
