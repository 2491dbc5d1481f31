using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Souk.Gateway.Tests;

/// <summary>Where a request goes, and what happens when nobody is there.</summary>
public sealed class RoutingTests
{
    [Fact]
    public async Task An_api_goes_to_its_service_and_everything_else_to_the_storefront()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        var storefront = await house.AddAsync("storefront");
        await house.StartAsync();
        await house.Outside.GetAsync("/api/cart/carts/1?x=1");
        await house.Outside.GetAsync("/products/mug?colour=blue");
        await house.Outside.GetAsync("/cart");
        Assert.Equal("/api/cart/carts/1?x=1", cart.Last.Target);
        Assert.Equal(["/products/mug?colour=blue", "/cart"], storefront.Requests.Select(request => request.Target));
    }

    [Fact]
    public async Task Signing_in_and_openid_connect_go_to_login_and_are_unavailable_without_it()
    {
        await using var house = new House();
        var login = await house.AddAsync("login");
        var storefront = await house.AddAsync("storefront");
        await house.StartAsync();
        string[] addresses =
        [
            "/account", "/account/signin?returnUrl=%2Fcart", "/connect/authorize?client_id=x", "/connect/token",
            "/.well-known/openid-configuration", "/.well-known/jwks", "/api/login/sessions",
        ];
        foreach (var address in addresses) await house.Outside.GetAsync(address);
        Assert.Equal(addresses, login.Requests.Select(request => request.Target));
        await house.Outside.GetAsync("/accounts");
        await house.Outside.GetAsync("/.well-known/security.txt");
        Assert.Equal(["/accounts", "/.well-known/security.txt"], storefront.Requests.Select(request => request.Target));

        await using var alone = new House();
        await alone.AddAsync("storefront");
        await alone.StartAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await alone.Outside.GetAsync("/account/signin")).StatusCode);
    }

    [Theory]
    [InlineData("/api/cart/carts/1/lines/A%2FB")]
    [InlineData("/api/cart/carts/1/lines/50%25%20off")]
    [InlineData("/api/cart/carts/1/lines/caf%C3%A9?q=a%20b+c&z=%2f&empty=")]
    [InlineData("/api/cart/carts/1/lines/a;b=c,(d)!$'*~@:")]
    [InlineData("/api/cart/products/internal")]
    public async Task An_address_arrives_letter_for_letter(string address)
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        Answer.Is(await Wire.AskAsync(house, $"GET {address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 200);
        Assert.Equal(address, cart.Last.Target);
    }

    [Fact]
    public async Task A_body_and_its_answer_pass_unchanged()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart", context =>
        {
            context.Response.StatusCode = 201;
            context.Response.Headers.Location = "/api/cart/carts/1";
            return context.Response.WriteAsync("{\"id\":\"1\"}");
        });
        await house.StartAsync();
        using var body = new StringContent("{\"quantity\":2}");
        var answer = await house.Outside.PutAsync("/api/cart/carts/1/lines/A", body);
        Assert.Equal("{\"quantity\":2}", cart.Last.Body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("/api/cart/carts/1", answer.Headers.Location?.ToString());
        Assert.Equal("{\"id\":\"1\"}", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_is_staffs_goes_to_the_back_office()
    {
        await using var house = new House();
        var storefront = await house.AddAsync("storefront");
        var office = await house.AddAsync("backoffice");
        await house.StartAsync();
        foreach (var address in (string[])["/staff", "/staff/orders/1?notice=refunded", "/STAFF/stock", "/staffing"]) await house.Outside.GetAsync(address);
        Assert.Equal(["/staff", "/staff/orders/1?notice=refunded", "/STAFF/stock"], office.Requests.Select(request => request.Target));
        Assert.Equal(["/staffing"], storefront.Requests.Select(request => request.Target));
    }

    [Theory]
    [InlineData("souk")]
    [InlineData("gateway")]
    [InlineData("console")]
    [InlineData("storefront")]
    [InlineData("backoffice")]
    [InlineData("nobody")]
    public async Task What_is_no_api_is_404_even_if_it_has_an_address(string service)
    {
        await using var house = new House();
        await house.AddAsync("storefront");
        if (service is not ("nobody" or "storefront")) await house.AddAsync(service);
        await house.StartAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync($"/api/{service}/x"), 404, "request.route_unknown");
        Assert.Equal(0, house.Hits);
    }

    [Fact]
    public async Task An_empty_404_of_a_service_is_described()
    {
        await using var house = await House.OpenAsync(context =>
        {
            context.Response.StatusCode = 404;
            context.Response.ContentLength = 0;
            return Task.CompletedTask;
        });
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/cart/x"), 404, "request.route_unknown");
    }

    [Fact]
    public async Task Replicas_take_turns()
    {
        await using var house = new House();
        var first = await house.AddAsync("cart");
        var second = await house.AddAsync("cart");
        await house.StartAsync();
        for (var i = 0; i < 10; i++) await house.Outside.GetAsync("/api/cart/x");
        Assert.Equal((5, 5), (first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task A_service_that_comes_while_the_gateway_runs_is_found()
    {
        await using var house = await House.OpenAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/inventory/stock"), 404, "request.route_unknown");
        var inventory = await house.AddAsync("inventory");
        await Eventually.HoldsAsync("inventory is reached",
            async () => (await house.Outside.GetAsync("/api/inventory/stock")).StatusCode == HttpStatusCode.OK);
        Assert.NotEmpty(inventory.Requests);
    }

    [Fact]
    public async Task A_service_whose_last_replica_went_is_unavailable_not_unknown()
    {
        await using var house = await House.OpenAsync();
        house.Withdraw("cart");
        await Eventually.HoldsAsync("the cart is gone",
            async () => (await house.Outside.GetAsync("/api/cart/x")).StatusCode == HttpStatusCode.ServiceUnavailable);
        var answer = await house.Outside.GetAsync("/api/cart/x");
        await Answer.IsProblemAsync(answer, 503, "service.unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_service_that_was_down_before_the_gateway_started_is_unavailable_not_unknown()
    {
        await using var house = await new House().Naming("cart").StartAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/cart/x"), 503, "service.unavailable");
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/nobody/x"), 404, "request.route_unknown");
    }

    [Fact]
    public async Task Without_a_storefront_a_page_is_unavailable()
    {
        await using var house = await new House().StartAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/"), 503, "service.unavailable");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_replica_that_just_died_costs_no_request(string method)
    {
        await using var house = new House();
        var lasting = await house.AddAsync("cart");
        var dying = await house.AddAsync("cart");
        await house.StartAsync();
        await dying.StopAsync();
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/api/cart/x")
            {
                Content = method == "POST" ? new StringContent("body " + i) : null,
            };
            Assert.Equal(HttpStatusCode.OK, (await house.Outside.SendAsync(request)).StatusCode);
        }
        Assert.Equal(20, lasting.Requests.Count);
        if (method == "POST") Assert.Equal("body 19", lasting.Last.Body);
    }

    [Theory]
    [InlineData("GET", false)]
    [InlineData("PUT", false)]
    [InlineData("DELETE", false)]
    [InlineData("POST", true)]
    public async Task An_idempotent_request_whose_replica_dies_under_it_goes_to_another(string method, bool withKey)
    {
        await using var house = new House();
        using var dying = new DyingReplica();
        house.Announce("cart", dying.Address);
        var lasting = await house.AddAsync("cart");
        await house.StartAsync();
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/api/cart/x")
            {
                Content = method is "PUT" or "POST" ? new StringContent("{\"quantity\":2}") : null,
            };
            if (withKey) request.Headers.Add("Idempotency-Key", "k");
            Assert.Equal(HttpStatusCode.OK, (await house.Outside.SendAsync(request)).StatusCode);
            if (request.Content is not null) Assert.Equal("{\"quantity\":2}", lasting.Last.Body);
        }
        Assert.Equal(2, lasting.Requests.Count);
        Assert.True(dying.Requests > 0);
    }

    [Fact]
    public async Task Each_attempt_has_a_span_that_says_whom_it_called_and_how_it_ended()
    {
        using var calls = new Calls();
        await using var house = new House();
        using var dying = new DyingReplica();
        house.Announce("cart", dying.Address);
        var lasting = await house.AddAsync("cart");
        await house.StartAsync();
        for (var i = 0; i < 2; i++) calls.Watch(await house.Outside.GetAsync("/api/cart/x"));

        await Eventually.HoldsAsync("three calls have ended", () => calls.Ended.Count == 3);
        var failed = Assert.Single(calls.Ended, call => call.Status == ActivityStatusCode.Error);
        Assert.Equal(("Request", 0), (failed.GetTagItem("error.type"), failed.GetTagItem("http.request.resend_count")));
        var second = Assert.Single(calls.Ended, call => call.GetTagItem("http.request.resend_count") is 1);
        Assert.Equal((failed.TraceId, failed.ParentSpanId), (second.TraceId, second.ParentSpanId));
        Assert.Equal((200, "cart"), (second.GetTagItem("http.response.status_code"), second.GetTagItem("peer.service")));
        Assert.Contains(lasting.Requests, request => request.Headers["traceparent"].Contains(second.SpanId.ToHexString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_that_refuses_is_asked_again_after_a_rest()
    {
        using var calls = new Calls();
        var clock = new FakeTimeProvider();
        await using var house = new House { Clock = clock };
        await house.AddAsync("cart");
        var dying = await house.AddAsync("cart");
        await house.StartAsync();
        await dying.StopAsync();
        for (var round = 1; round <= 2; round++)
        {
            for (var i = 0; i < 10; i++) calls.Watch(await house.Outside.GetAsync("/api/cart/x"));
            await Eventually.HoldsAsync("all calls have ended", () => calls.Ended.Count == 11 * round);
            Assert.Equal(round, calls.Ended.Count(call => call.Status == ActivityStatusCode.Error));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_post_whose_replica_dies_under_it_is_not_made_twice()
    {
        await using var house = new House();
        using var dying = new DyingReplica();
        house.Announce("cart", dying.Address);
        var lasting = await house.AddAsync("cart");
        await house.StartAsync();
        var failed = 0;
        for (var i = 0; i < 2; i++)
        {
            using var body = new StringContent("x");
            var answer = await house.Outside.PostAsync("/api/cart/x", body);
            if (answer.StatusCode == HttpStatusCode.OK) continue;
            await Answer.IsProblemAsync(answer, 503, "service.unavailable");
            failed++;
        }
        Assert.Equal(1, failed);
        Assert.Single(lasting.Requests);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_unavailable()
    {
        var house = new House().With("Gateway:Deadline", "00:00:00.3");
        await house.AddAsync("cart", context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted));
        await using var started = await house.StartAsync();
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/cart/x"), 503, "service.unavailable");
    }

    [Fact]
    public async Task A_service_that_hangs_fills_its_own_share_of_the_door_and_no_more()
    {
        var house = new House().With("Gateway:InFlightMaxPerService", "4");
        var held = new TaskCompletionSource();
        var cart = await house.AddAsync("cart", _ => held.Task);
        await house.AddAsync("storefront");
        await using var started = await house.StartAsync();
        var waiting = Enumerable.Range(0, 4).Select(_ => house.Outside.GetAsync("/api/cart/x")).ToList();
        await Eventually.HoldsAsync("four are held", () => cart.Requests.Count == 4);
        await Answer.IsProblemAsync(await house.Outside.GetAsync("/api/cart/x"), 503, "service.unavailable");
        Assert.Equal(HttpStatusCode.OK, (await house.Outside.GetAsync("/")).StatusCode);
        held.SetResult();
        foreach (var answer in await Task.WhenAll(waiting)) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("text/css", null, null, true)]
    [InlineData("application/json", null, null, true)]
    [InlineData("application/json", "session=1", null, false)]
    [InlineData("application/json", "session=1", "public, max-age=60", true)]
    [InlineData("text/html", null, "public", false)]
    [InlineData("image/png", null, "public", false)]
    public async Task Text_that_can_hold_no_secret_is_compressed(string type, string? cookie, string? cache, bool compressed)
    {
        var text = string.Concat(Enumerable.Repeat("all work and no play ", 100));
        await using var house = await House.OpenAsync(context =>
        {
            context.Response.ContentType = type;
            if (cache is not null) context.Response.Headers.CacheControl = cache;
            return context.Response.WriteAsync(text);
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/x");
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        var answer = await house.Outside.SendAsync(request);
        Assert.Equal(compressed ? ["br"] : [], answer.Content.Headers.ContentEncoding);
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(compressed ? new BrotliStream(body, CompressionMode.Decompress) : body);
        Assert.Equal(text, await reader.ReadToEndAsync());
    }

    /// <summary>The gateway's spans of calls, in the traces of the answers that a test watches.</summary>
    sealed class Calls : IDisposable
    {
        readonly ConcurrentQueue<Activity> _spans = new();
        readonly HashSet<string> _traces = [];
        readonly ActivityListener _listener;

        public Calls()
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Microsoft.AspNetCore" or "Souk",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _spans.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public List<Activity> Ended => [.. _spans.Where(span =>
            span.OperationName.StartsWith("call ", StringComparison.Ordinal) && _traces.Contains(span.TraceId.ToHexString()))];

        public void Watch(HttpResponseMessage answer) => _traces.Add(Assert.Single(answer.Headers.GetValues("Trace-Id")));

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>A replica that takes each request whole and dies instead of answering.</summary>
    sealed class DyingReplica : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        int _requests;

        public DyingReplica()
        {
            _listener.Start();
            _ = ServeAsync();
        }

        public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

        public int Requests => Volatile.Read(ref _requests);

        public void Dispose() => _listener.Dispose();

        async Task ServeAsync()
        {
            var buffer = new byte[8192];
            while (true)
            {
                using var connection = await _listener.AcceptTcpClientAsync();
                var count = await connection.GetStream().ReadAsync(buffer);
                if (count > 0) Interlocked.Increment(ref _requests);
            }
        }
    }
}
