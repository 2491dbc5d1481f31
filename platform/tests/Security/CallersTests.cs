using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Tests.Security;

public sealed class CallersTests
{
    [Fact]
    public async Task Without_an_identity_401_and_with_another_services_403()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        Assert.Equal(HttpStatusCode.Unauthorized, (await notes.Anonymous().GetAsync("/internal/secret")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await notes.Anonymous().GetAsync("/internal/events")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await notes.Anonymous().GetAsync("/api/notes/bug")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await notes.As("gateway").GetAsync("/internal/secret")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await notes.As("gateway").GetAsync("/internal/events")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await notes.As("souk").GetAsync("/internal/secret")).StatusCode);
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("other audience")]
    [InlineData("other key")]
    [InlineData("no algorithm")]
    [InlineData("signed by the public key")]
    [InlineData("issuer is a path")]
    [InlineData("one byte changed")]
    [InlineData("not a token")]
    public async Task A_forged_or_stale_token_is_no_identity(string kind)
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var keys = new ServiceKeys(notes.Keys);
        var souk = keys.Own("souk");
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicPem = await File.ReadAllBytesAsync(Path.Combine(notes.Keys, "souk.pub"));
        var good = Sign("souk", "notes", new SigningCredentials(souk, "ES256"), minutes: 5);
        var token = kind switch
        {
            "expired" => Sign("souk", "notes", new SigningCredentials(souk, "ES256"), minutes: -2),
            "other audience" => Sign("souk", "cart", new SigningCredentials(souk, "ES256"), minutes: 5),
            "other key" => Sign("souk", "notes", new SigningCredentials(new ECDsaSecurityKey(strange), "ES256"), minutes: 5),
            "no algorithm" => Sign("souk", "notes", null, minutes: 5),
            "signed by the public key" => Sign("souk", "notes", new SigningCredentials(new SymmetricSecurityKey(publicPem), "HS256"), minutes: 5),
            "issuer is a path" => Sign("../keys/souk", "notes", new SigningCredentials(souk, "ES256"), minutes: 5),
            "one byte changed" => good[..^10] + (good[^10] == 'A' ? 'B' : 'A') + good[^9..],
            _ => "hello",
        };

        Assert.Equal(HttpStatusCode.OK, await SendAsync(notes, good));
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(notes, token));
    }

    [Fact]
    public void A_token_is_reused_until_shortly_before_it_expires()
    {
        var folder = Directory.CreateTempSubdirectory("souk-test-").FullName;
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var identity = new ServiceIdentity("cart", new ServiceKeys(folder), clock);
        var first = identity.TokenFor("catalog");
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Same(first, identity.TokenFor("catalog"));
        clock.Advance(TimeSpan.FromMinutes(1.5));
        Assert.NotEqual(first, identity.TokenFor("catalog"));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Keys_are_made_at_the_first_start_for_the_owner_alone_and_kept()
    {
        await using var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite);
        var file = Path.Combine(notes.Keys, "notes.key");
        var key = await File.ReadAllTextAsync(file);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        await notes.RestartAsync();
        Assert.Equal(key, await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("no key")]
    [InlineData("of 224 bits")]
    [InlineData("RSA")]
    public async Task A_short_or_foreign_key_stops_the_start(string kind)
    {
        var keys = Directory.CreateTempSubdirectory("souk-keys-").FullName;
        using var weak = ECDsa.Create(ECCurve.CreateFromFriendlyName("secp224r1"));
        using var rsa = RSA.Create(2048);
        await File.WriteAllTextAsync(Path.Combine(keys, "notes.key"), kind switch
        {
            "empty" => "",
            "no key" => "changeme",
            "RSA" => rsa.ExportPkcs8PrivateKeyPem(),
            _ => weak.ExportPkcs8PrivateKeyPem(),
        });
        await Assert.ThrowsAnyAsync<Exception>(() => TestService.StartAsync(NoteService.Build, Engine.Sqlite, new ServiceSetup
        {
            Configuration = new Dictionary<string, string?> { ["Souk:Keys"] = keys },
        }));
        Directory.Delete(keys, recursive: true);
    }

    [Fact]
    public async Task A_route_that_says_nothing_about_its_callers_stops_the_start()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => TestService.StartAsync(setup =>
        {
            var app = Service.Create("silent", setup).Build();
            app.MapGet("/internal/forgotten", () => "x");
            return app;
        }));
        Assert.Contains("/internal/forgotten", error.Message, StringComparison.Ordinal);
    }

    static string Sign(string issuer, string audience, SigningCredentials? credentials, int minutes)
    {
        var expires = DateTime.UtcNow.AddMinutes(minutes);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            SigningCredentials = credentials,
            NotBefore = expires.AddMinutes(-5),
            Expires = expires,
        });
    }

    static async Task<HttpStatusCode> SendAsync(TestService service, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/internal/secret");
        request.Headers.Add(ServiceIdentity.Header, token);
        return (await service.Anonymous().SendAsync(request)).StatusCode;
    }
}
