using System.Net;
using System.Text;

namespace Souk.Gateway.Tests;

/// <summary>Too much, too long, too slow or ambiguous: refused at the door, before any service hears of it.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task A_body_of_11_MB_is_413_before_it_is_sent()
    {
        await using var house = await House.OpenAsync();
        var answer = await Wire.AskAsync(house, "POST /api/cart/x HTTP/1.1\r\nHost: x\r\nContent-Length: 11534336\r\n\r\n");
        Answer.Is(answer, 413);
        Assert.Contains("request.too_large", answer, StringComparison.Ordinal);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task A_body_of_11_MB_of_unsaid_length_is_413()
    {
        await using var house = await House.OpenAsync();
        using var wire = await Wire.OpenAsync(house);
        await wire.SendAsync("POST /api/cart/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        var chunk = $"100000\r\n{new string('x', 0x100000)}\r\n";
        for (var megabyte = 0; megabyte < 11; megabyte++) await wire.SendAsync(chunk);
        Answer.Is(await wire.ReadToEndAsync(), 413);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task A_body_of_9_MB_passes()
    {
        await using var house = await House.OpenAsync();
        using var body = new ByteArrayContent(new byte[9 * 1024 * 1024]);
        Assert.Equal(HttpStatusCode.OK, (await house.Outside.PostAsync("/api/cart/x", body)).StatusCode);
    }

    [Fact]
    public async Task A_header_of_64_KB_is_431()
    {
        await using var house = await House.OpenAsync();
        Answer.Is(await Wire.AskAsync(house, $"GET /api/cart/x HTTP/1.1\r\nHost: x\r\nA: {new string('a', 65536)}\r\n\r\n"), 431);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task Headers_of_33_KB_together_are_431()
    {
        await using var house = await House.OpenAsync();
        var headers = new StringBuilder();
        for (var i = 0; i < 33; i++) headers.Append($"A{i}: {new string('a', 1020)}\r\n");
        Answer.Is(await Wire.AskAsync(house, $"GET /api/cart/x HTTP/1.1\r\nHost: x\r\n{headers}\r\n"), 431);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task A_query_of_1000_keys_is_400_and_one_of_200_passes()
    {
        await using var house = await House.OpenAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/cart/x?" + string.Join('&', Enumerable.Repeat("a=1", 1000))),
            400, "request.query_too_long");
        Assert.Equal(0, house.Hits);
        var answer = await house.Outside.GetAsync("/api/cart/x?" + string.Join('&', Enumerable.Repeat("a=1", 200)));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_of_9_KB_is_414()
    {
        await using var house = await House.OpenAsync();
        Answer.Is(await Wire.AskAsync(house, $"GET /{new string('a', 9000)} HTTP/1.1\r\nHost: x\r\n\r\n"), 414);
        Assert.Equal(0, house.Hits);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /internal/events HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /internal/events HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("Content-Length: -1\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding:\n chunked\r\n\r\n0\r\n\r\n")]
    public async Task A_body_with_two_readings_is_400_and_nothing_is_smuggled(string rest)
    {
        await using var house = await House.OpenAsync();
        var answer = await Wire.AskAsync(house, "POST /api/cart/x HTTP/1.1\r\nHost: x\r\n" + rest);
        Answer.Is(answer, 400);
        Assert.DoesNotContain("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task Who_sends_headers_too_slowly_is_cut_off()
    {
        await using var house = await new House().With("Gateway:HeadersTimeout", "00:00:00.2").StartAsync();
        using var wire = await Wire.OpenAsync(house);
        await wire.SendAsync("GET /api/cart/x HTTP/1.1\r\nHost: x\r\nA:");
        var answer = await wire.ReadToEndAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Who_sends_a_body_too_slowly_is_cut_off()
    {
        var house = new House().With("Gateway:BodyGrace", "00:00:01.1");
        await house.AddAsync("cart");
        await using var started = await house.StartAsync();
        using var wire = await Wire.OpenAsync(house);
        await wire.SendAsync("POST /api/cart/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na");
        var answer = await wire.ReadToEndAsync();
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task Who_takes_back_requests_as_fast_as_it_makes_them_hurts_nobody_else()
    {
        // HTTP/2 without TLS has to be the only protocol of an address.
        var house = new House().With("Kestrel:EndpointDefaults:Protocols", "Http2").With("Gateway:RequestsPerSecond", "0");
        var held = new TaskCompletionSource();
        await house.AddAsync("cart", context =>
            context.Request.Path.Value!.EndsWith("held", StringComparison.Ordinal) ? held.Task.WaitAsync(context.RequestAborted) : Task.CompletedTask);
        await using var started = await house.StartAsync();
        using var attacker = Http2Client(house);
        using var shopper = Http2Client(house);
        for (var round = 0; round < 20; round++)
        {
            using var regret = new CancellationTokenSource();
            var resets = Enumerable.Range(0, 50).Select(_ => attacker.GetAsync("/api/cart/held", regret.Token)).ToList();
            await regret.CancelAsync();
            foreach (var reset in resets) await Assert.ThrowsAnyAsync<Exception>(() => reset);
            Assert.Equal(HttpStatusCode.OK, (await shopper.GetAsync("/api/cart/x")).StatusCode);
        }
        held.SetResult();
    }

    [Fact]
    public async Task A_client_over_its_rate_is_429_with_the_time_to_wait_and_health_is_not_counted()
    {
        var house = new House().With("Gateway:RequestsPerSecond", "1").With("Gateway:Burst", "3");
        await house.AddAsync("cart");
        await using var started = await house.StartAsync();
        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 12; i++) answers.Add(await house.Outside.GetAsync("/api/cart/x"));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal(HttpStatusCode.OK, answers[0].StatusCode);
        Assert.NotEmpty(refused);
        await Answer.IsProblemAsync(refused[0], 429, "request.rate_limited");
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter?.Delta);
        Assert.Equal(HttpStatusCode.OK, (await house.Outside.GetAsync("/health/live")).StatusCode);
    }

    static HttpClient Http2Client(House house) => new()
    {
        BaseAddress = house.Gateway.Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
