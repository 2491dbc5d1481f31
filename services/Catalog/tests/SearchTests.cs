using System.Text.Json;
using Souk.Platform.Data;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

public sealed class SearchTests
{
    [Theory, EveryEngine]
    public async Task Case_accents_beginnings_and_small_typos_are_forgiven(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("brulee", "Crème Brûlée dish", vendor: "Émile", tags: "Dessert", sku: "CB-77"),
            Row("jacket", "Classic Leather Jacket", "Waterproof & <b>zipped</b>", type: "Women"),
            Row("strasse", "Straße sign"), Row("dining", "Łódź table"), Row("cyrillic", "Чёрный чай"),
            Row("mug", "Ceramic Mug"), Row("mat", "Mat"));

        foreach (var (query, handle) in new[]
        {
            ("creme brulee", "brulee"), ("CRÈME BRÛLÉE", "brulee"), ("cre\u0300me", "brulee"), ("emile", "brulee"), ("dessert", "brulee"),
            ("CB-77", "brulee"), ("leath", "jacket"), ("lether", "jacket"), ("clasic jaket", "jacket"), ("jakcet", "jacket"),
            ("leather women", "jacket"), ("waterproof", "jacket"), ("zipped", "jacket"), ("strasse", "strasse"), ("lodz", "dining"),
            ("черный", "cyrillic"), ("ЧАЙ", "cyrillic"), ("creamic mug", "mug"), ("mgu", "mug"), ("cer", "mug"),
        })
        {
            var found = await catalog.HandlesAsync("query=" + Uri.EscapeDataString(query));
            Assert.True(found is [var only] && only == handle, $"'{query}' found [{string.Join(", ", found)}], not {handle}.");
        }
    }

    [Theory, EveryEngine]
    public async Task What_is_not_there_is_not_found_and_no_sign_breaks_a_query(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("mug", "Ceramic Mug"), Row("bowl", "Wooden bowl"));
        foreach (var query in new[]
        {
            "zzzzzz", "mug bowl", "!!!", "\"", "mug\" OR \"bowl", "'); DROP TABLE product; --", "mug & !bowl x", "NEAR(mug bowl)", "title:mug",
            "*", "(", ":*", "\\", "%", "qw", "\0", "مرحبا", "🎈",
        })
        {
            using var response = await catalog.Http.GetAsync("/api/catalog/products?query=" + Uri.EscapeDataString(query));
            Assert.True(response.IsSuccessStatusCode, $"'{query}' breaks the search.");
            Assert.Empty(await catalog.HandlesAsync("query=" + Uri.EscapeDataString(query)));
        }
        Assert.Equal(["mug"], await catalog.HandlesAsync("query=" + Uri.EscapeDataString("'mug'*")));
        Assert.Equal(2, (await catalog.HandlesAsync("query=%20")).Length);
    }

    [Theory, EveryEngine]
    public async Task A_title_outweighs_a_tag_and_a_tag_outweighs_a_description(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("described", "One thing", "About a lantern, to be exact"), Row("tagged", "Two things", tags: "lantern"),
            Row("titled", "Lantern"));
        Assert.Equal(["titled", "tagged", "described"], await catalog.HandlesAsync("query=lantern"));
        Assert.Equal(["titled", "described", "tagged"], await catalog.HandlesAsync("query=lantern&sort=title"));
    }

    [Theory, EveryEngine]
    public async Task A_product_is_found_by_what_it_is_now_and_not_by_what_it_was(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("thing", "Teapot", tags: "blue"));
        await catalog.ImportAsync(File(Row("thing", "Kettle", tags: "red")));
        Assert.Empty(await catalog.HandlesAsync("query=teapot"));
        Assert.Empty(await catalog.HandlesAsync("tag=blue"));
        Assert.Equal(["thing"], await catalog.HandlesAsync("query=kettle&tag=RED"));
    }

    [Theory, EveryEngine]
    public async Task Filters_are_or_within_and_and_between_and_facets_leave_their_own_out(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("a", type: "Home & Garden", vendor: "Potters", tags: "clay, gift", price: "10"),
            Row("b", type: "Home & Garden", vendor: "Weavers", tags: "wool", price: "20"),
            Row("c", type: "Wear", vendor: "Weavers", tags: "wool, gift", price: "30"),
            Row("d", type: "Toys", vendor: "Potters", tags: "clay", price: "5", option: "Size", value: "S"),
            Row("d", "", value: "L", price: "40"));

        Assert.Equal(["a", "b"], await catalog.HandlesAsync("category=home-garden"));
        Assert.Equal(["a", "b"], await catalog.HandlesAsync("category=Home%20%26%20Garden"));
        Assert.Equal(["a", "b", "c"], await catalog.HandlesAsync("category=home-garden&category=Wear"));
        Assert.Equal(["b"], await catalog.HandlesAsync("category=home-garden&vendor=weavers"));
        Assert.Equal(["a", "c"], await catalog.HandlesAsync("tag=gift"));
        Assert.Equal(["c"], await catalog.HandlesAsync("tag=gift&tag=wool&minPrice=2500"));
        // A product fits when one of its variants' prices may.
        Assert.Equal(["b", "c", "d"], await catalog.HandlesAsync("minPrice=2000"));
        Assert.Equal(["a", "d"], await catalog.HandlesAsync("maxPrice=1000"));

        var list = await catalog.GetAsync("/api/catalog/products?vendor=Weavers");
        Assert.Equal(2, list.GetProperty("total").GetInt64());
        Assert.Equal("""
            {"categories":[{"value":"Home & Garden","count":1},{"value":"Wear","count":1}],
            "vendors":[{"value":"Potters","count":2},{"value":"Weavers","count":2}],
            "tags":[{"value":"wool","count":2},{"value":"gift","count":1}],"price":{"min":2000,"max":3000}}
            """.ReplaceLineEndings(""), JsonSerializer.Serialize(list.GetProperty("facets"), Plain));

        var none = await catalog.GetAsync("/api/catalog/products?query=nothing");
        Assert.Equal("""{"categories":[],"vendors":[],"tags":[],"price":{"min":0,"max":0}}""",
            none.GetProperty("facets").GetRawText());
    }

    [Theory, EveryEngine]
    public async Task Products_are_sorted_and_paged_without_a_gap(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("c", "Ähre", price: "3"), Row("a", "apple", price: "1"), Row("b", "Banana", price: "2"));
        await catalog.ImportAsync(File(Row("z", "Zebra", price: "2")));

        Assert.Equal(["c", "a", "b", "z"], await catalog.HandlesAsync(""));
        Assert.Equal(["a", "b", "z", "c"], await catalog.HandlesAsync("sort=price"));
        Assert.Equal(["c", "b", "z", "a"], await catalog.HandlesAsync("sort=-price"));
        Assert.Equal("z", (await catalog.HandlesAsync("sort=newest"))[0]);
        Assert.Equal(["c", "a", "b"], await catalog.HandlesAsync("page=1&pageSize=3"));
        Assert.Equal(["z"], await catalog.HandlesAsync("page=2&pageSize=3"));
        Assert.Empty(await catalog.HandlesAsync("page=3&pageSize=3"));
        Assert.Empty(await catalog.HandlesAsync("page=10000&pageSize=100"));

        var list = await catalog.GetAsync("/api/catalog/products?page=2&pageSize=3");
        Assert.Equal((4, 2, 3), (list.GetProperty("total").GetInt32(), list.GetProperty("page").GetInt32(), list.GetProperty("pageSize").GetInt32()));
        Assert.Equal(24, (await catalog.GetAsync("/api/catalog/products")).GetProperty("pageSize").GetInt32());
    }

    [Fact]
    public async Task Every_bad_value_has_its_own_code()
    {
        await using var catalog = await StartAsync(Engine.Sqlite, Row("mug"));
        foreach (var (query, parameter) in new[]
        {
            ("page=0", "page"), ("page=-1", "page"), ("page=1.5", "page"), ("page=two", "page"), ("page=99999999999", "page"),
            ("page=10001", "page"), ("pageSize=0", "pageSize"), ("pageSize=101", "pageSize"), ("pageSize=x", "pageSize"),
            ("minPrice=-1", "minPrice"), ("minPrice=1.5", "minPrice"), ("minPrice=1e3", "minPrice"), ("maxPrice=x", "maxPrice"),
            ("maxPrice=9999999999999999999", "maxPrice"), ("minPrice=10&maxPrice=9", "maxPrice"), ("sort=name", "sort"),
            ("query=" + new string('x', 201), "query"), ("category=" + new string('x', 256), "category"),
            (string.Join('&', Enumerable.Repeat("tag=x", 51)), "tag"), ("vendor=" + new string('x', 256), "vendor"),
        })
        {
            using var response = await catalog.Http.GetAsync("/api/catalog/products?" + query);
            Assert.Equal($"400 catalog.products.{parameter}_invalid", await response.RefusalAsync());
        }
    }

    [Theory, EveryEngine]
    public async Task Categories_are_counted_and_show_a_picture(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("a", type: "Home & Garden"), Row("b", type: "home & garden", image: "https://x.example/b.jpg", alt: "B"),
            Row("c", type: "Wear"), Row("d", type: "Gone", published: "false"));
        Assert.Equal("""
            {"items":[{"name":"Home & Garden","slug":"home-garden","count":2,"image":{"src":"https://x.example/b.jpg","alt":"B"}},
            {"name":"Wear","slug":"wear","count":1,"image":null}]}
            """.ReplaceLineEndings(""), JsonSerializer.Serialize(await catalog.GetAsync("/api/catalog/categories"), Plain));
    }

    [Theory, EveryEngine]
    public async Task A_product_has_an_etag_and_an_unknown_one_a_code(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("mug"));
        using var first = await catalog.Http.GetAsync("/api/catalog/products/mug");
        Assert.Equal("\"1\"", first.Headers.ETag!.Tag);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/catalog/products/MUG");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag);
        Assert.Equal(304, (int)(await catalog.Http.SendAsync(again)).StatusCode);
        Assert.Equal("404 catalog.product_unknown", await (await catalog.Http.GetAsync("/api/catalog/products/nothing")).RefusalAsync());
    }
}
