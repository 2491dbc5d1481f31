using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Souk.Platform.Data;
using Souk.Platform.Hosting;

namespace Souk.Catalog.Tests;

/// <summary>Products in the hands of staff and of partners' programs.</summary>
public sealed class EditProductTests
{
    [Theory, EveryEngine]
    public async Task Staff_reads_a_product_changes_it_and_shoppers_see_it(Engine engine)
    {
        using var login = new TestIssuer();
        await using var catalog = await StartAsync(engine, login,
            CatalogTest.Row("mug", "Mug", body: "<p>Blue</p>", vendor: "Acme", type: "Cups", tags: "a,b", option: "Size", value: "S", sku: "M-S",
                quantity: "5", price: "10.00", compareAt: "12.50", grams: "300", image: "mug.svg", alt: "A mug"),
            CatalogTest.Row("mug", "", option: "Size", value: "L", sku: "M-L", price: "11.05"),
            CatalogTest.Row("old", "Old one", published: "false"));
        var mug = await ReadAsync(catalog, "mug", login.Staff());
        Assert.Equal(1, (long)mug["version"]!);

        // What was read is written back: nothing changes, nothing is published.
        var same = await PutAsync(catalog, "mug", mug, login.Staff());
        Assert.Equal(mug.ToJsonString(), (await same.Content.ReadFromJsonAsync<JsonObject>())!.ToJsonString());
        Assert.Equal(["ProductPut mug 1"], await catalog.HistoryAsync());

        mug["title"] = "Great mug";
        mug["variants"]![1]!["price"] = 1234;
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(catalog, "mug", mug, login.Partner("catalog:write"))).StatusCode);
        var shown = await catalog.ProductAsync("mug");
        Assert.Equal(("Great mug", 1234L, "<p>Blue</p>"), (shown.GetProperty("title").GetString(),
            shown.GetProperty("variants")[1].GetProperty("price").GetProperty("amount").GetInt64(), shown.GetProperty("descriptionHtml").GetString()));
        var put = (await catalog.EventsAsync("cart"))[^1].GetProperty("data");
        Assert.Equal((5L, 300L), (put.GetProperty("variants")[0].GetProperty("initialQuantity").GetInt64(), put.GetProperty("variants")[0].GetProperty("grams").GetInt64()));

        // Who had read it before is told, and loses nobody's change.
        Assert.Equal("412 catalog.product_changed", await (await PutAsync(catalog, "mug", mug, login.Staff())).RefusalAsync());
        mug["version"] = 2;
        mug["published"] = false;
        await PutAsync(catalog, "mug", mug, login.Staff());
        Assert.Equal(["ProductPut mug 1", "ProductPut mug 2", "ProductWithdrawn mug 3"], await catalog.HistoryAsync());
        Assert.Equal("Great mug", (string?)(await ReadAsync(catalog, "mug", login.Support()))["title"]);
    }

    [Theory, EveryEngine]
    public async Task A_new_product_is_made_and_all_are_listed(Engine engine)
    {
        using var login = new TestIssuer();
        await using var catalog = await StartAsync(engine, login, CatalogTest.Row("mug", "Mug 100%"), CatalogTest.Row("tee", "Tee"), CatalogTest.Row("old", "Old mug", published: "false"));
        var made = new JsonObject { ["title"] = "Bag", ["published"] = true, ["variants"] = new JsonArray(new JsonObject { ["sku"] = "B", ["price"] = 5 }), ["version"] = 0 };
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(catalog, "Bag", made, login.Staff())).StatusCode);
        Assert.Equal(5, (await catalog.ProductAsync("bag")).GetProperty("variants")[0].GetProperty("price").GetProperty("amount").GetInt64());
        Assert.Equal("412 catalog.product_changed", await (await PutAsync(catalog, "bag", made, login.Staff())).RefusalAsync());

        async Task<string> ListAsync(string query)
        {
            var page = await catalog.Http.With(login.Staff()).GetFromJsonAsync<JsonElement>("/api/catalog/staff/products?" + query);
            return string.Join(' ', page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("handle").GetString())) + " " + page.GetProperty("next");
        }
        Assert.Equal("bag mug old tee ", await ListAsync(""));
        Assert.Equal("bag mug mug", await ListAsync("limit=2"));
        Assert.Equal("old tee tee", await ListAsync("limit=2&after=mug"));
        Assert.Equal("mug old ", await ListAsync("query=MUG"));
        Assert.Equal("mug ", await ListAsync("query=0%25"));
    }

    [Theory, EveryEngine]
    public async Task An_edit_is_taken_whole_or_not_at_all(Engine engine)
    {
        using var login = new TestIssuer();
        await using var catalog = await StartAsync(engine, login, CatalogTest.Row("mug", "Mug", sku: "M"), CatalogTest.Row("tee", "Tee", sku: "T"));
        foreach (var (variants, code) in new[]
        {
            ("""[{"sku":"T","price":100}]""", "409 catalog.import.sku_taken"),
            ("""[{"sku":"M","price":-1}]""", "400 catalog.import.price_invalid"),
            ("""[{"sku":"M"}]""", "400 catalog.import.price_missing"),
            ("""[{"sku":"M","price":100,"values":["S"]},{"sku":"M","price":100,"values":["L"]}]""", "400 catalog.import.sku_repeated"),
            ("""[{"sku":"M","price":100,"quantity":-5}]""", "400 catalog.import.quantity_negative"),
            ("[]", "400 catalog.import.price_missing"),
        })
        {
            var edit = new JsonObject { ["title"] = "Mug", ["published"] = true, ["variants"] = JsonNode.Parse(variants) };
            Assert.Equal(code, await (await PutAsync(catalog, "mug", edit, login.Staff())).RefusalAsync());
        }
        Assert.Equal("400 catalog.import.handle_invalid", await (await PutAsync(catalog, "a b", new JsonObject
        {
            ["title"] = "x",
            ["variants"] = new JsonArray(new JsonObject { ["price"] = 1 }),
        }, login.Staff())).RefusalAsync());
        Assert.Equal(["ProductPut mug 1", "ProductPut tee 1"], await catalog.HistoryAsync());
    }

    [Theory, EveryEngine]
    public async Task Only_staff_and_partners_with_the_scope_write_and_the_file_of_staff_is_imported(Engine engine)
    {
        using var login = new TestIssuer();
        await using var catalog = await StartAsync(engine, login, CatalogTest.Row("mug", "Mug"));
        foreach (var (token, code) in new[]
        {
            (login.Customer("amal"), "403 token.not_staff"), (login.Support(), "403 token.not_staff"), (login.Staff(secondFactor: false), "403 token.second_factor_needed"),
            (login.Partner("stock:write"), "403 token.scope_missing"), ("hello", "401 token.invalid"),
        })
        {
            using var file = new StringContent(CatalogTest.File(CatalogTest.Row("tee")), System.Text.Encoding.UTF8, "text/csv");
            Assert.Equal(code, await (await catalog.Http.With(token).PostAsync("/api/catalog/staff/imports", file)).RefusalAsync());
            Assert.Equal(code, await (await PutAsync(catalog, "mug", [], token)).RefusalAsync());
            using var image = new StringContent("<svg/>");
            Assert.Equal(code, await (await catalog.Http.With(token).PutAsync("/api/catalog/staff/images/x.svg", image)).RefusalAsync());
        }
        using var rows = new StringContent(CatalogTest.File(CatalogTest.Row("tee")), System.Text.Encoding.UTF8, "text/csv");
        var answer = await catalog.Http.With(login.Staff()).PostAsync("/api/catalog/staff/imports", rows);
        Assert.Contains("\"created\":1", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    static async Task<TestService> StartAsync(Engine engine, TestIssuer login, params string[] rows)
    {
        var catalog = await TestService.StartAsync(CatalogService.Build, engine, login.Vouching(new ServiceSetup()));
        await catalog.ImportAsync(CatalogTest.File(rows));
        await Eventually.HoldsAsync("Login is heard", async () =>
            (await catalog.Http.With(login.Staff()).GetAsync("/api/catalog/staff/products")).IsSuccessStatusCode);
        return catalog;
    }

    static async Task<JsonObject> ReadAsync(TestService catalog, string handle, string token) =>
        (await catalog.Http.With(token).GetFromJsonAsync<JsonObject>("/api/catalog/staff/products/" + handle))!;

    static Task<HttpResponseMessage> PutAsync(TestService catalog, string handle, JsonObject product, string token) =>
        catalog.Http.With(token).PutAsJsonAsync("/api/catalog/staff/products/" + Uri.EscapeDataString(handle), product);
}
