using System.Text.Json.Nodes;

// STANDIN_FAILS names services that end at once, as one with a broken configuration does.
var instance = Environment.GetEnvironmentVariable("Souk__Instance") ?? "standin-1";
var service = instance[..instance.LastIndexOf('-')];
if (Environment.GetEnvironmentVariable("STANDIN_FAILS")?.Split(',').Contains(service) == true)
{
    Console.Error.WriteLine($"{service} cannot find its treasure");
    return 3;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
var app = builder.Build();
var requests = 0L;
var rows = 0;
app.Use((context, next) =>
{
    Interlocked.Increment(ref requests);
    return next(context);
});
app.MapGet("/health/live", () => "live");
app.MapGet("/health/ready", () => "ready");
app.MapGet("/health/detail", (HttpRequest request) => request.Headers.ContainsKey("Souk-Identity")
    ? Results.Json(new { service, instance, requests = Interlocked.Read(ref requests) })
    : Results.Unauthorized());
app.MapGet("/environment/{name}", (string name) => Environment.GetEnvironmentVariable(name) ?? "");
app.MapGet("/api/catalog/products", () => new { total = rows, items = new[] { new { handle = "mug", title = "Indigo mug", skus = new[] { "MUG" } } } });
app.MapGet("/api/catalog/categories", () => new { items = new[] { new { slug = "mugs" } } });
foreach (var page in new[] { "/", "/search", "/category/mugs", "/product/mug" })
    app.MapGet(page, () => "a page");
app.MapPut("/internal/images/{name}", async (string name, HttpRequest request) =>
{
    var folder = Environment.GetEnvironmentVariable("Souk__Data")!;
    await using var file = File.Create(Path.Combine(folder, Path.GetFileName(name)));
    await request.Body.CopyToAsync(file);
    return Results.NoContent();
});
app.MapPost("/internal/imports", async (HttpRequest request) =>
{
    using var lines = new StreamReader(request.Body);
    await lines.ReadLineAsync();
    while (await lines.ReadLineAsync() is not null)
        rows++;
    var done = new JsonObject
    {
        ["done"] = true,
        ["rows"] = rows,
        ["products"] = rows,
        ["created"] = rows,
        ["updated"] = 0,
        ["unchanged"] = 0,
        ["withdrawn"] = 0,
        ["refused"] = new JsonArray(new JsonObject { ["row"] = 2, ["code"] = "catalog.import.price_invalid", ["detail"] = "the price is a word" }),
        ["refusedTotal"] = 1,
    };
    return Results.Text($$"""{"rows":1,"products":1}{{"\n"}}{{done.ToJsonString()}}{{"\n"}}""", "application/x-ndjson");
});

if (Environment.GetEnvironmentVariable("Souk__StopWithStdin") == "true")
    _ = Console.OpenStandardInput().ReadAsync(new byte[1]).AsTask().ContinueWith(_ => app.Lifetime.StopApplication(), TaskScheduler.Default);
Console.WriteLine($"{instance} begins");
app.Run();
Console.WriteLine($"{instance} finished");
return 0;
