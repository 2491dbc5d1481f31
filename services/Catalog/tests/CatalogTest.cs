using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Souk.Platform.Data;

namespace Souk.Catalog.Tests;

/// <summary>A catalogue to test: a running service, files made of a few rows, and what it answers.</summary>
static class CatalogTest
{
    public const string Header =
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value," +
        "Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position,Image Alt Text,Status,Variant Grams";

    /// <summary>JSON as a person would write it.</summary>
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task<TestService> StartAsync(Engine engine) => TestService.StartAsync(CatalogService.Build, engine);

    public static async Task<TestService> StartAsync(Engine engine, params string[] rows)
    {
        var catalog = await StartAsync(engine);
        await catalog.ImportAsync(File(rows));
        return catalog;
    }

    public static string File(params string[] rows) => Header + "\n" + string.Join('\n', rows) + "\n";

    /// <summary>A row by the names of its columns; without more it is a product for sale at 10.00.</summary>
    public static string Row(string handle, string? title = null, string body = "", string vendor = "", string type = "",
        string tags = "", string published = "true", string option = "", string value = "", string option2 = "", string value2 = "",
        string sku = "", string quantity = "", string price = "10.00", string compareAt = "", string image = "",
        string position = "", string alt = "", string status = "", string grams = "") =>
        string.Join(',', new[]
        {
            handle, title ?? handle, body, vendor, type, tags, published, option, value, option2, value2, sku, quantity, price,
            compareAt, image, position, alt, status, grams,
        }.Select(Quote));

    public static string Quote(string field) =>
        field.AsSpan().ContainsAny("\",\n\r") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;

    public static async Task<ImportAnswer> ImportAsync(this TestService catalog, string csv)
    {
        using var content = new StringContent(csv, Encoding.UTF8, "text/csv");
        return await catalog.ImportAsync(content);
    }

    public static async Task<ImportAnswer> ImportAsync(this TestService catalog, HttpContent content)
    {
        using var response = await catalog.PostAsync(content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var summary = JsonSerializer.Deserialize<JsonElement>(lines[^1]);
        Assert.True(summary.GetProperty("done").GetBoolean());
        return new ImportAnswer(
            lines.Length - 1, summary.GetProperty("rows").GetInt64(), summary.GetProperty("products").GetInt64(),
            summary.GetProperty("created").GetInt64(), summary.GetProperty("updated").GetInt64(),
            summary.GetProperty("unchanged").GetInt64(), summary.GetProperty("withdrawn").GetInt64(),
            [.. summary.GetProperty("refused").EnumerateArray().Select(row =>
                (row.GetProperty("row").GetInt64(), row.GetProperty("code").GetString()!))],
            summary.GetProperty("refusedTotal").GetInt64());
    }

    public static async Task<HttpResponseMessage> PostAsync(this TestService catalog, HttpContent content)
    {
        content.Headers.ContentType ??= new MediaTypeHeaderValue("text/csv");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/imports") { Content = content };
        return await catalog.As("souk").SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static Task<JsonElement> GetAsync(this TestService catalog, string address) =>
        catalog.Http.GetFromJsonAsync<JsonElement>(address);

    public static Task<JsonElement> ProductAsync(this TestService catalog, string handle) =>
        catalog.GetAsync("/api/catalog/products/" + Uri.EscapeDataString(handle));

    /// <summary>The handles of a list, in its order.</summary>
    public static async Task<string[]> HandlesAsync(this TestService catalog, string query)
    {
        var list = await catalog.GetAsync("/api/catalog/products?" + query);
        return [.. list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("handle").GetString()!)];
    }

    /// <summary>Type, subject and version of every event, in the feed's order.</summary>
    public static async Task<string[]> HistoryAsync(this TestService catalog) =>
        [.. (await catalog.EventsAsync("cart")).Select(e =>
            $"{e.GetProperty("type")} {e.GetProperty("subject")} {e.GetProperty("aggregateversion")}")];

    /// <summary>The stable code of a refusal, after its status.</summary>
    public static async Task<string> RefusalAsync(this HttpResponseMessage response)
    {
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        return $"{(int)response.StatusCode} {problem.GetProperty("code").GetString()}";
    }
}

/// <summary>The last line of an import, and how many lines of progress came before it.</summary>
sealed record ImportAnswer(int ProgressLines, long Rows, long Products, long Created, long Updated, long Unchanged,
    long Withdrawn, (long Row, string Code)[] Refused, long RefusedTotal);
