using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Souk.Gateway.Tests;

/// <summary>What passes the door in the headers, inwards and outwards.</summary>
public sealed class HeaderTests
{
    [Theory]
    [InlineData("X-User-Id", "1")]
    [InlineData("X-Roles", "admin")]
    [InlineData("x-forwarded-user", "admin")]
    [InlineData("X-Forwarded-Prefix", "/evil")]
    [InlineData("X-Real-IP", "10.0.0.1")]
    [InlineData("X-Original-URL", "/internal/events")]
    [InlineData("X-HTTP-Method-Override", "DELETE")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("Souk-Fault", "catalog=500")]
    [InlineData("souk-anything", "x")]
    [InlineData("baggage", "admin=true")]
    [InlineData("tracestate", "x=y")]
    public async Task A_header_that_only_the_house_may_set_is_taken_off(string name, string value)
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/carts");
        request.Headers.Add(name, value);
        request.Headers.Add("Idempotency-Key", "k");
        await house.Outside.SendAsync(request);
        Assert.DoesNotContain(name, cart.Last.Headers.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.Equal("k", cart.Last.Headers["Idempotency-Key"]);
    }

    [Fact]
    public async Task A_users_token_reaches_the_service_as_it_came()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/carts");
        request.Headers.TryAddWithoutValidation("Authorization", "bearer  eyJ.any.thing ");
        await house.Outside.SendAsync(request);
        Assert.Equal("bearer  eyJ.any.thing", cart.Last.Headers["Authorization"]);
    }

    [Fact]
    public async Task Where_a_request_came_from_is_what_the_gateway_saw()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/carts");
        request.Headers.Add("X-Forwarded-For", "6.6.6.6");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        await house.Outside.SendAsync(request);
        Assert.Equal("127.0.0.1", cart.Last.Headers["X-Forwarded-For"]);
        Assert.Equal("http", cart.Last.Headers["X-Forwarded-Proto"]);
        Assert.Equal(house.Gateway.Address.Authority, cart.Last.Headers["X-Forwarded-Host"]);
    }

    [Fact]
    public async Task A_forged_identity_is_replaced_by_the_gateways_own_for_that_service()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        var storefront = await house.AddAsync("storefront");
        await house.StartAsync();
        foreach (var (address, upstream, audience) in new[] { ("/api/cart/x", cart, "cart"), ("/", storefront, "storefront") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.Add("Souk-Identity", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzb3VrIn0.");
            await house.Outside.SendAsync(request);
            var token = new JsonWebToken(upstream.Last.Headers["Souk-Identity"]);
            Assert.Equal("gateway", token.Issuer);
            Assert.Equal(audience, Assert.Single(token.Audiences));
        }
    }

    [Fact]
    public async Task Every_request_gets_the_gateways_deadline_whatever_the_client_says()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/x");
        request.Headers.Add("Souk-Deadline", "3600000");
        await house.Outside.SendAsync(request);
        Assert.InRange(int.Parse(cart.Last.Headers["Souk-Deadline"], null), 1, 10_000);
    }

    [Fact]
    public async Task An_outsiders_trace_is_not_joined_and_the_answer_names_the_new_one()
    {
        await using var house = new House();
        var cart = await house.AddAsync("cart");
        await house.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/cart/x");
        request.Headers.Add("traceparent", "00-11111111111111111111111111111111-2222222222222222-01");
        var answer = await house.Outside.SendAsync(request);
        var trace = cart.Last.Headers["traceparent"].Split('-')[1];
        Assert.NotEqual(new string('1', 32), trace);
        Assert.Equal(trace, Assert.Single(answer.Headers.GetValues("Trace-Id")));
    }

    [Fact]
    public async Task What_services_tell_each_other_stays_in_the_house()
    {
        await using var house = await House.OpenAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["Souk-Fault-Service"] = "inventory";
            context.Response.Headers["Souk-Other"] = "x";
            context.Response.Headers.Server = "nginx/1.0";
            context.Response.Headers["X-Powered-By"] = "PHP";
            context.Response.Headers["Trace-Id"] = "forged";
            context.Response.Headers.ETag = "\"1\"";
            return context.Response.WriteAsync("down");
        });
        var answer = await house.Outside.GetAsync("/api/cart/x");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("down", await answer.Content.ReadAsStringAsync());
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Souk-", StringComparison.OrdinalIgnoreCase));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Powered-By"));
        Assert.Matches("^[0-9a-f]{32}$", Assert.Single(answer.Headers.GetValues("Trace-Id")));
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
    }

    [Fact]
    public async Task An_answer_of_an_api_keeps_the_browser_careful()
    {
        await using var house = await House.OpenAsync();
        var answer = await house.Outside.GetAsync("/api/cart/x");
        Assert.Equal("default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Single(answer.Headers.GetValues("Referrer-Policy"));
    }

    [Fact]
    public async Task Under_tls_the_browser_is_told_to_stay_there()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        var file = Path.Combine(Directory.CreateTempSubdirectory("souk-tls-").FullName, "tls.pfx");
        await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "x"));
        var house = new House().With("urls", "https://127.0.0.1:0")
            .With("Kestrel:Certificates:Default:Path", file).With("Kestrel:Certificates:Default:Password", "x");
        var cart = await house.AddAsync("cart");
        await using var started = await house.StartAsync();
        using var trusting = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var http = new HttpClient(trusting) { DefaultRequestVersion = HttpVersion.Version20 };
        var answer = await http.GetAsync(new Uri(house.Gateway.Address, "/api/cart/x"));
        Assert.Equal(HttpVersion.Version20, answer.Version);
        Assert.StartsWith("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
        Assert.Equal("https", cart.Last.Headers["X-Forwarded-Proto"]);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_page_that_says_what_it_loads_is_believed()
    {
        await using var house = await House.OpenAsync(context =>
        {
            context.Response.Headers.ContentSecurityPolicy = "default-src 'self'";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return context.Response.WriteAsync("<p>");
        });
        var answer = await house.Outside.GetAsync("/");
        Assert.Equal("default-src 'self'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task A_foreign_origin_is_allowed_nothing(string origin)
    {
        await using var house = await House.OpenAsync();
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Options })
        {
            using var request = new HttpRequestMessage(method, "/api/cart/x");
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", "PUT");
            var answer = await house.Outside.SendAsync(request);
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
        }
    }
}
