using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Calls;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Tests.Calls;

public sealed class CallTests
{
    readonly ScriptedNetwork _network = new();

    [Fact]
    public async Task A_call_carries_an_identity_and_what_is_left_of_the_deadline()
    {
        await using var caller = await StartAsync();
        _network.Answer(200);
        var client = caller.Http;
        client.DefaultRequestHeaders.Add(Deadline.Header, "5000");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/call")).StatusCode);

        var request = Assert.Single(_network.Requests);
        Assert.NotEmpty(request.Headers.GetValues(ServiceIdentity.Header));
        Assert.InRange(int.Parse(request.Headers.GetValues(Deadline.Header).Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 5000);
    }

    [Theory]
    [InlineData("GET", 3)]
    [InlineData("PUT", 3)]
    [InlineData("POST", 1)]
    public async Task Only_idempotent_calls_are_retried(string method, int attempts)
    {
        await using var caller = await StartAsync();
        for (var i = 0; i < 5; i++) _network.Answer(503);
        await SendAsync(caller, method);
        Assert.Equal(attempts, _network.Requests.Count);
    }

    [Fact]
    public async Task A_call_that_was_never_delivered_is_retried_whatever_its_method()
    {
        await using var caller = await StartAsync();
        _network.Fail(new HttpRequestException(HttpRequestError.ConnectionError, "refused"));
        _network.Answer(200);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(caller, "POST"));
    }

    [Fact]
    public async Task A_failure_deeper_down_is_not_retried_here()
    {
        await using var caller = await StartAsync();
        _network.Answer(503, faultService: "further");
        await SendAsync(caller, "GET");
        Assert.Single(_network.Requests);
    }

    [Fact]
    public async Task Retries_stay_within_a_tenth_of_the_calls()
    {
        await using var caller = await StartAsync(options => options.BreakLength = TimeSpan.FromMilliseconds(500));
        for (var i = 0; i < 1000; i++) _network.Answer(i % 4 == 0 ? 503 : 200);
        for (var i = 0; i < 400; i++) await SendAsync(caller, "GET");
        // 400 calls earn 40 retries, and 10 were saved.
        Assert.InRange(_network.Requests.Count, 401, 450);
    }

    [Fact]
    public async Task A_circuit_opens_when_half_of_the_calls_fail_and_then_nothing_is_sent()
    {
        await using var caller = await StartAsync();
        for (var i = 0; i < 1000; i++) _network.Answer(503);
        for (var i = 0; i < 60; i++) await SendAsync(caller, "POST");
        Assert.InRange(_network.Requests.Count, 20, 40);
    }

    [Fact]
    public async Task A_hedged_read_takes_the_faster_of_two_answers()
    {
        await using var caller = await StartAsync(options => options.HedgeAfter = TimeSpan.FromMilliseconds(20));
        _network.Hang();
        _network.Answer(200);
        Assert.Equal(HttpStatusCode.OK, await SendAsync(caller, "GET"));
        Assert.Equal(2, _network.Requests.Count);
    }

    [Fact]
    public async Task A_call_that_does_not_answer_is_a_fault_that_names_the_callee()
    {
        await using var caller = await StartAsync(options => { options.AttemptTimeout = TimeSpan.FromMilliseconds(30); options.RetriesMax = 0; });
        _network.Hang();
        var answer = await caller.Http.GetAsync("/api/call");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("callee", answer.Headers.GetValues("Souk-Fault-Service").Single());
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Theory, EveryEngine]
    public async Task A_call_inside_a_transaction_is_refused(Engine engine)
    {
        await using var caller = await StartAsync(engine: engine);
        var http = caller.App.Services.GetRequiredService<Callee>().Http;
        var database = caller.App.Services.GetRequiredService<Database>();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            database.WriteAsync(_ => http.GetAsync("/x")));
        Assert.Contains("inside a transaction", error.Message, StringComparison.Ordinal);
        Assert.Empty(_network.Requests);
    }

    static async Task<HttpStatusCode> SendAsync(TestService caller, string method)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/call?method=" + method);
        return (await caller.Http.SendAsync(request)).StatusCode;
    }

    Task<TestService> StartAsync(Action<CallOptions>? configure = null, Engine engine = Engine.Sqlite) => TestService.StartAsync(setup =>
    {
        var service = Service.Create("caller", setup);
        service.AddDatabase();
        service.Calls("callee", http => new Callee(http), options =>
        {
            options.RetryDelay = TimeSpan.FromMilliseconds(1);
            configure?.Invoke(options);
        });
        var app = service.Build();
        app.MapGet("/api/call", async (HttpContext context, Callee callee) =>
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Query["method"].FirstOrDefault() ?? "GET"), "/x");
            using var response = await callee.Http.SendAsync(request, context.RequestAborted);
            context.Response.StatusCode = (int)response.StatusCode;
        }).AllowPublic();
        return app;
    }, engine, new ServiceSetup { Network = _ => _network });

    sealed record Callee(HttpClient Http);

    /// <summary>A network that answers by a script and remembers what it was asked.</summary>
    sealed class ScriptedNetwork : HttpMessageHandler
    {
        readonly Queue<Func<CancellationToken, Task<HttpResponseMessage>>> _script = new();

        public List<HttpRequestMessage> Requests { get; } = [];

        public void Answer(int status, string? faultService = null) => _script.Enqueue(_ =>
        {
            var response = new HttpResponseMessage((HttpStatusCode)status);
            if (faultService is not null) response.Headers.Add("Souk-Fault-Service", faultService);
            return Task.FromResult(response);
        });

        public void Fail(Exception error) => _script.Enqueue(_ => Task.FromException<HttpResponseMessage>(error));

        public void Hang() => _script.Enqueue(async cancellation =>
        {
            await Task.Delay(Timeout.Infinite, cancellation);
            throw new InvalidOperationException();
        });

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (_script)
            {
                Requests.Add(request);
                return _script.Dequeue()(cancellationToken);
            }
        }
    }
}
