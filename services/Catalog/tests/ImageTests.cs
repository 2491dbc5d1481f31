using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Souk.Platform.Data;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

public sealed class ImageTests
{
    const string Svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";

    [Theory, EveryEngine]
    public async Task A_picture_beside_the_file_is_served_with_an_address_that_may_be_cached_for_ever(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        Assert.Equal(HttpStatusCode.NoContent, await PutAsync(catalog, "mug.svg", Svg));
        await catalog.ImportAsync(File(Row("mug", image: "images/mug.svg")));

        var src = (await catalog.ProductAsync("mug")).GetProperty("images")[0].GetProperty("src").GetString()!;
        Assert.StartsWith("/api/catalog/images/mug.svg?v=", src, StringComparison.Ordinal);
        using var picture = await catalog.Http.GetAsync(src);
        Assert.Equal("image/svg+xml", picture.Content.Headers.ContentType!.MediaType);
        Assert.Equal(Svg, await picture.Content.ReadAsStringAsync());
        Assert.Equal("public, max-age=31536000, immutable", picture.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("nosniff", picture.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", picture.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        using var again = new HttpRequestMessage(HttpMethod.Get, src);
        again.Headers.IfNoneMatch.Add(picture.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await catalog.Http.SendAsync(again)).StatusCode);
        // By its name alone it may change.
        using var plain = await catalog.Http.GetAsync("/api/catalog/images/mug.svg");
        Assert.Equal(Svg, await plain.Content.ReadAsStringAsync());
        Assert.DoesNotContain("immutable", plain.Headers.GetValues("Cache-Control").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_picture_that_was_drawn_anew_gets_a_new_address_at_the_next_import()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        var file = File(Row("mug", image: "mug.svg"), Row("bowl"));
        await PutAsync(catalog, "mug.svg", Svg);
        await catalog.ImportAsync(file);
        await PutAsync(catalog, "mug.svg", Svg);
        Assert.Equal(0, (await catalog.ImportAsync(file)).Updated);
        await PutAsync(catalog, "mug.svg", "<svg/>");
        Assert.Equal(1, (await catalog.ImportAsync(file)).Updated);
    }

    [Theory]
    [InlineData("mug.exe", "x", "400 catalog.image.name_invalid")]
    [InlineData("mug", "x", "400 catalog.image.name_invalid")]
    [InlineData(".svg", Svg, "400 catalog.image.name_invalid")]
    [InlineData("mug.html", Svg, "400 catalog.image.name_invalid")]
    [InlineData("mug.svg", "<html></html>", "400 catalog.image.content_invalid")]
    [InlineData("mug.png", Svg, "400 catalog.image.content_invalid")]
    [InlineData("mug.jpg", "", "400 catalog.image.content_invalid")]
    [InlineData("mug.webp", "RIFFxxxxWAVE", "400 catalog.image.content_invalid")]
    public async Task What_is_no_picture_is_not_kept(string name, string content, string refusal)
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        using var response = await catalog.As("souk").PutAsync("/internal/images/" + name, new StringContent(content));
        Assert.Equal(refusal, await response.RefusalAsync());
        Assert.Equal("404 catalog.image_unknown", await (await catalog.Http.GetAsync("/api/catalog/images/" + name)).RefusalAsync());
    }

    [Theory]
    [InlineData("a.png", "image/png", "89504E470D0A1A0A00")]
    [InlineData("a.jpeg", "image/jpeg", "FFD8FFE000")]
    [InlineData("a.webp", "image/webp", "524946460000000057454250564638")]
    [InlineData("a.gif", "image/gif", "47494638396100")]
    [InlineData("a b (1).png", "image/png", "89504E470D0A1A0A00")]
    public async Task Every_usual_kind_is_served_as_what_it_is(string name, string type, string hex)
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        using var content = new ByteArrayContent(Convert.FromHexString(hex));
        Assert.Equal(HttpStatusCode.NoContent,
            (await catalog.As("souk").PutAsync("/internal/images/" + Uri.EscapeDataString(name), content)).StatusCode);
        await catalog.ImportAsync(File(Row("mug", image: "pictures/" + name)));
        var src = (await catalog.ProductAsync("mug")).GetProperty("images")[0].GetProperty("src").GetString();
        using var picture = await catalog.Http.GetAsync(src);
        Assert.Equal(new MediaTypeHeaderValue(type), picture.Content.Headers.ContentType);
        Assert.Equal(hex, Convert.ToHexString(await picture.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task A_picture_over_the_limit_is_refused_and_only_the_launcher_may_put_one()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        using var large = new HttpRequestMessage(HttpMethod.Put, "/internal/images/large.svg")
        {
            Content = new StringContent(Svg + new string(' ', 9 * 1024 * 1024), Encoding.UTF8),
        };
        // The answer comes before the body is sent.
        large.Headers.ExpectContinue = true;
        using var answer = await catalog.As("souk").SendAsync(large);
        Assert.Equal("413 request.too_large", await answer.RefusalAsync());
        using var foreign = await catalog.Http.PutAsync("/internal/images/mug.svg", new StringContent(Svg));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
    }

    static async Task<HttpStatusCode> PutAsync(TestService catalog, string name, string content) =>
        (await catalog.As("souk").PutAsync("/internal/images/" + name, new StringContent(content))).StatusCode;
}
