using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

public sealed class ImportTests
{
    [Theory, EveryEngine]
    public async Task A_product_is_what_its_rows_say(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("mug", "Mug", "<p>A <b>good</b> mug</p>", "Potters", "Kitchen", "Clay, Gift", option: "Size", value: "Small",
                option2: "Colour", value2: "Blue", sku: "M-1", quantity: "3", price: "9.99", compareAt: "12",
                image: "https://cdn.example/mug.jpg", position: "2", alt: "The mug", grams: "350"),
            Row("mug", "", option: "", value: "Large", value2: "Blue", sku: "M-2", price: "14.5"),
            Row("mug", "", price: "", image: "https://cdn.example/first.jpg", position: "1"));

        var mug = await catalog.ProductAsync("mug");
        Assert.Equal("""
            {"handle":"mug","title":"Mug","descriptionHtml":"<p>A <b>good</b> mug</p>","vendor":"Potters","category":"Kitchen",
            "tags":["Clay","Gift"],
            "images":[{"src":"https://cdn.example/first.jpg","alt":"Mug"},{"src":"https://cdn.example/mug.jpg","alt":"The mug"}],
            "options":[{"name":"Size","values":["Small","Large"]},{"name":"Colour","values":["Blue"]}],
            "variants":[
            {"sku":"M-1","title":"Small / Blue","options":[{"name":"Size","value":"Small"},{"name":"Colour","value":"Blue"}],
            "price":{"amount":999,"currency":"EUR"},"compareAtPrice":{"amount":1200,"currency":"EUR"},"image":null},
            {"sku":"M-2","title":"Large / Blue","options":[{"name":"Size","value":"Large"},{"name":"Colour","value":"Blue"}],
            "price":{"amount":1450,"currency":"EUR"},"compareAtPrice":null,"image":null}],
            "version":1}
            """.ReplaceLineEndings(""), JsonSerializer.Serialize(mug, Plain));

        var put = Assert.Single(await catalog.EventsAsync("inventory"));
        Assert.Equal("""
            {"handle":"mug","title":"Mug","vendor":"Potters","category":"Kitchen","published":true,
            "image":{"src":"https://cdn.example/first.jpg","alt":"Mug"},
            "variants":[
            {"sku":"M-1","title":"Small / Blue","price":{"amount":999,"currency":"EUR"},
            "compareAtPrice":{"amount":1200,"currency":"EUR"},"image":null,"initialQuantity":3,"grams":350},
            {"sku":"M-2","title":"Large / Blue","price":{"amount":1450,"currency":"EUR"},
            "compareAtPrice":null,"image":null,"initialQuantity":0,"grams":0}]}
            """.ReplaceLineEndings(""), JsonSerializer.Serialize(put.GetProperty("data"), Plain));

        var card = (await catalog.GetAsync("/api/catalog/products")).GetProperty("items")[0];
        Assert.Equal("""
            {"handle":"mug","title":"Mug","vendor":"Potters","category":"Kitchen","tags":["Clay","Gift"],
            "image":{"src":"https://cdn.example/first.jpg","alt":"Mug"},
            "price":{"amount":999,"currency":"EUR"},"maxPrice":{"amount":1450,"currency":"EUR"},
            "compareAtPrice":{"amount":1200,"currency":"EUR"},"variantCount":2,"skus":["M-1","M-2"]}
            """.ReplaceLineEndings(""), JsonSerializer.Serialize(card, Plain));
    }

    [Theory, EveryEngine]
    public async Task The_same_file_again_changes_nothing_and_publishes_nothing(Engine engine)
    {
        var file = File(
            Row("mug", "Mug", option: "Size", value: "Small"), Row("bowl", "Bowl"), Row("mug", "", value: "Large"),
            Row("draft", published: "false"), Row("bad", price: "1.999"), Row("other", sku: "mug.small"));
        await using var catalog = await StartAsync(engine);

        var first = await catalog.ImportAsync(file);
        var history = await catalog.HistoryAsync();
        var second = await catalog.ImportAsync(file);

        Assert.Equal((3, 0, 0), (first.Created, first.Updated, first.Unchanged));
        Assert.Equal((0, 0, 3), (second.Created, second.Updated, second.Unchanged));
        Assert.Equal(first.Refused, second.Refused);
        Assert.Equal(["ProductPut bowl 1", "ProductPut mug 1"], history.Order());
        Assert.Equal(history, await catalog.HistoryAsync());
    }

    [Theory, EveryEngine]
    public async Task What_an_older_release_stored_is_published_once_more_and_then_no_more(Engine engine)
    {
        var file = File(Row("mug", grams: "350"), Row("bowl"));
        await using var catalog = await StartAsync(engine);
        await catalog.ImportAsync(file);
        await catalog.App.Services.GetRequiredService<Database>().WriteAsync(tx =>
            tx.ExecuteAsync($"UPDATE product SET content_hash = '1-of-before' WHERE handle = 'mug'"));

        Assert.Equal((1, 1), await CountAsync());
        Assert.Equal((0, 2), await CountAsync());
        Assert.Equal(["ProductPut mug 1", "ProductPut bowl 1", "ProductPut mug 2"], await catalog.HistoryAsync());

        async Task<(long Updated, long Unchanged)> CountAsync()
        {
            var answer = await catalog.ImportAsync(file);
            return (answer.Updated, answer.Unchanged);
        }
    }

    [Theory, EveryEngine]
    public async Task A_changed_row_renews_its_product_and_no_other(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("mug", price: "10"), Row("bowl", price: "20"));

        var second = await catalog.ImportAsync(File(Row("mug", price: "11"), Row("bowl", price: "20")));

        Assert.Equal((0, 1, 1), (second.Created, second.Updated, second.Unchanged));
        Assert.Equal(["ProductPut mug 1", "ProductPut bowl 1", "ProductPut mug 2"], await catalog.HistoryAsync());
        Assert.Equal(1100, (await catalog.ProductAsync("mug")).GetProperty("variants")[0].GetProperty("price").GetProperty("amount").GetInt64());
    }

    [Theory, EveryEngine]
    public async Task Products_that_a_file_does_not_name_stay(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("mug"), Row("bowl"));
        await catalog.ImportAsync(File(Row("plate")));
        Assert.Equal(["bowl", "mug", "plate"], await catalog.HandlesAsync("sort=title"));
    }

    [Theory, EveryEngine]
    public async Task A_variant_that_is_gone_from_its_product_is_gone_from_the_event(Engine engine)
    {
        await using var catalog = await StartAsync(engine,
            Row("mug", option: "Size", value: "Small"), Row("mug", "", value: "Large"));
        await catalog.ImportAsync(File(Row("mug", option: "Size", value: "Large")));

        var last = (await catalog.EventsAsync("cart"))[^1].GetProperty("data");
        Assert.Equal("mug.large", Assert.Single(last.GetProperty("variants").EnumerateArray()).GetProperty("sku").GetString());
        // Its SKU is free again.
        Assert.Empty((await catalog.ImportAsync(File(Row("cup", sku: "mug.small")))).Refused);
    }

    [Theory]
    [EveryEngine]
    public async Task What_is_no_longer_published_is_withdrawn_and_comes_back_with_a_higher_version(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("mug", sku: "M"), Row("bowl"), Row("cup"), Row("hidden", published: ""));
        Assert.Equal(["bowl", "cup", "mug"], await catalog.HandlesAsync("sort=title"));

        var second = await catalog.ImportAsync(File(
            Row("mug", sku: "M", published: "false"), Row("bowl", published: ""), Row("cup", status: "draft")));
        Assert.Equal(3, second.Withdrawn);
        Assert.Empty(await catalog.HandlesAsync(""));
        Assert.Equal(HttpStatusCode.NotFound, (await catalog.Http.GetAsync("/api/catalog/products/mug")).StatusCode);
        var withdrawn = (await catalog.EventsAsync("inventory"))[3];
        Assert.Equal("ProductWithdrawn", withdrawn.GetProperty("type").GetString());
        Assert.Equal("""{"handle":"mug","skus":["M"]}""", withdrawn.GetProperty("data").GetRawText());

        await catalog.ImportAsync(File(Row("mug", sku: "M")));
        Assert.Equal("ProductPut mug 3", (await catalog.HistoryAsync())[^1]);
        Assert.Equal(["mug"], await catalog.HandlesAsync("query=mug"));
    }

    [Theory, EveryEngine]
    public async Task Each_refused_row_is_named_with_its_reason_and_the_others_are_taken(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        var answer = await catalog.ImportAsync(File(
            Row("good", sku: "G", image: "https://x.example/a.jpg"),        // 2
            Row("", "No handle"),                                            // 3
            Row("untitled", ""),                                             // 4
            Row("free", price: ""),                                          // 5
            Row("dear", price: "1.234"),                                     // 6
            Row("text", price: "ten"),                                       // 7
            Row("minus", price: "-1"),                                       // 8
            Row("comma", price: "1,50"),                                     // 9
            Row("debt", quantity: "-3"),                                     // 10
            Row("half", quantity: "1.5"),                                    // 11
            Row("thief", sku: "G"),                                          // 12
            Row("compare", compareAt: "x"),                                  // 13
            Row("twins", option: "Size", value: "S", sku: "T"),              // 14
            Row("twins", "", value: "M", sku: "T"),                          // 15
            Row("twins", "", value: "s"),                                    // 16
            Row("twins", "", price: ""),                                     // 17: nothing in it
            Row("a b"),                                                      // 18
            Row("script", image: "javascript:alert(1)"),                     // 19: the product is good
            "stray,St\"ray" + Row("x")[3..],                                  // 20
            Row("last"),                                                     // 21
            Row("feather", grams: "0.5"),                                    // 22
            Row("balloon", grams: "-2")));                                   // 23

        Assert.Equal(
            [
                (3, "catalog.import.handle_missing"), (4, "catalog.import.title_missing"), (5, "catalog.import.price_missing"),
                (6, "catalog.import.price_invalid"), (7, "catalog.import.price_invalid"), (8, "catalog.import.price_invalid"),
                (9, "catalog.import.price_invalid"), (10, "catalog.import.quantity_negative"), (11, "catalog.import.quantity_invalid"),
                (12, "catalog.import.sku_taken"), (13, "catalog.import.compare_at_price_invalid"), (15, "catalog.import.sku_repeated"),
                (16, "catalog.import.variant_repeated"), (17, "catalog.import.row_empty"), (18, "catalog.import.handle_invalid"),
                (19, "catalog.import.image_invalid"), (20, "catalog.import.quoting_invalid"),
                (22, "catalog.import.grams_invalid"), (23, "catalog.import.grams_invalid"),
            ],
            answer.Refused.Select(row => ((int)row.Row, row.Code)));
        Assert.Equal((22, 4, 19), (answer.Rows, answer.Created, answer.RefusedTotal));
        Assert.Equal(["good", "last", "script", "twins"], await catalog.HandlesAsync("sort=title"));
    }

    [Fact]
    public async Task A_refused_first_row_costs_its_product_that_variant_and_not_its_title()
    {
        await using var catalog = await StartAsync(Engine.Sqlite,
            Row("mug", "A mug", option: "Size", value: "Small", price: "?"), Row("mug", "", value: "Large"));
        var mug = await catalog.ProductAsync("mug");
        Assert.Equal("A mug", mug.GetProperty("title").GetString());
        Assert.Equal("Large", Assert.Single(mug.GetProperty("variants").EnumerateArray()).GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("", "400 catalog.import.header_invalid")]
    [InlineData("name,cost\nmug,10\n", "400 catalog.import.header_invalid")]
    [InlineData("<html></html>", "400 catalog.import.header_invalid")]
    [InlineData("Handle,Title,Variant Price\nmug,\"Mug,10\nbowl,Bowl,10\n", "400 catalog.import.quote_open")]
    public async Task A_file_that_is_no_product_csv_is_refused_whole(string file, string refusal)
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        Assert.Equal(refusal, await (await catalog.PostAsync(new StringContent(file, Encoding.UTF8, "text/csv"))).RefusalAsync());
        Assert.Empty(await catalog.HistoryAsync());
    }

    [Fact]
    public async Task A_file_that_is_not_utf8_is_refused_whole()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        var bytes = Encoding.Latin1.GetBytes(File(Row("mug"), Row("cafe", "Café")));
        Assert.Equal("400 catalog.import.encoding_invalid", await (await catalog.PostAsync(new ByteArrayContent(bytes))).RefusalAsync());
        Assert.Empty(await catalog.HistoryAsync());
    }

    [Fact]
    public async Task A_row_without_end_is_refused_and_takes_no_memory()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        var file = File(Row("mug")) + "bowl,\"" + new string('x', 3_000_000);
        Assert.Equal("400 catalog.import.row_too_large",
            await (await catalog.PostAsync(new StringContent(file, Encoding.UTF8, "text/csv"))).RefusalAsync());
    }

    [Fact]
    public async Task Bom_line_ends_quoted_newlines_blank_lines_and_short_rows_are_read()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        var file = "\ufeffHandle,Title,Body (HTML),Variant Price,Image Src\r\nmug,\"The \"\"good\"\" mug\",\"<p>one\r\ntwo</p>\",10\r\n\r\n,,,,\r\nbowl,Bowl,,5";
        var answer = await catalog.ImportAsync(file);
        Assert.Empty(answer.Refused);
        Assert.Equal(2, answer.Created);
        var mug = await catalog.ProductAsync("mug");
        Assert.Equal("The \"good\" mug", mug.GetProperty("title").GetString());
        Assert.Equal("<p>one\ntwo</p>", mug.GetProperty("descriptionHtml").GetString());
    }

    [Fact]
    public async Task The_columns_of_shopifys_newer_export_are_known_too()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        await catalog.ImportAsync("Title,URL handle,Description,Product category,Published on online store,SKU,Price,Inventory quantity\n"
            + "Mug,mug,Clay,Home & Garden > Kitchen > Mugs,TRUE,M,7.5,4\n");
        var put = (await catalog.EventsAsync("cart"))[0].GetProperty("data");
        Assert.Equal("Mugs", put.GetProperty("category").GetString());
        Assert.Equal(4, put.GetProperty("variants")[0].GetProperty("initialQuantity").GetInt64());
        Assert.Equal(750, put.GetProperty("variants")[0].GetProperty("price").GetProperty("amount").GetInt64());
    }

    [Fact]
    public async Task Without_a_type_the_taxonomy_names_the_category_and_without_that_it_is_other()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        await catalog.ImportAsync("Handle,Title,Type,Google Shopping / Google Product Category,Variant Price\n"
            + "a,A,Own,Apparel > Shirts,1\nb,B,,Apparel > Shirts,1\nc,C,,,1\nd,D,,212,1\n");
        var categories = (await catalog.GetAsync("/api/catalog/categories")).GetProperty("items").EnumerateArray()
            .Select(item => $"{item.GetProperty("name")} {item.GetProperty("slug")} {item.GetProperty("count")}");
        Assert.Equal(["Other other 2", "Own own 1", "Shirts shirts 1"], categories);
    }

    [Fact]
    public async Task The_rows_of_a_scattered_product_are_one_product_published_once()
    {
        await using var catalog = await StartAsync(Engine.Sqlite,
            Row("mug", option: "Size", value: "S"), Row("bowl"), Row("mug", "", value: "M"), Row("plate"), Row("mug", "", value: "L"));
        Assert.Equal(["ProductPut bowl 1", "ProductPut mug 1", "ProductPut plate 1"], (await catalog.HistoryAsync()).Order());
        Assert.Equal(3, (await catalog.ProductAsync("mug")).GetProperty("variants").GetArrayLength());
    }

    [Fact]
    public async Task A_file_of_another_type_is_not_read()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        Assert.Equal("415 request.media_type_unsupported",
            await (await catalog.PostAsync(new StringContent(File(Row("mug")), Encoding.UTF8, "application/json"))).RefusalAsync());
    }

    [Fact]
    public async Task Only_the_launcher_may_import()
    {
        await using var catalog = await StartAsync(Engine.Sqlite);
        using var content = new StringContent(File(Row("mug")), Encoding.UTF8, "text/csv");
        Assert.Equal(HttpStatusCode.Forbidden, (await catalog.Http.PostAsync("/internal/imports", content)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await catalog.Anonymous().PostAsync("/internal/imports", content)).StatusCode);
    }
}
