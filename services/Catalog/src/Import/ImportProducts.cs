using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Souk.Catalog.Images;

namespace Souk.Catalog.Import;

/// <summary>How far an import has come; one line after each batch that is committed.</summary>
public sealed record ImportProgress(long Rows, long Products, long Total);

/// <summary>The last line of an import that went to its end. <c>Refused</c> holds the first rows that were not taken.</summary>
public sealed record ImportSummary(
    bool Done, long Rows, long Products, long Created, long Updated, long Unchanged, long Withdrawn,
    IReadOnlyList<RefusedRow> Refused, long RefusedTotal);

/// <summary>
/// Imports a product CSV: whole products, a batch a transaction. The same file again changes nothing and publishes
/// nothing; products that the file does not name stay as they are; a second import at the same time is refused (409).
/// </summary>
static class ImportProducts
{
    const long FileBytesMax = 1024L * 1024 * 1024;

    // What is as small as this needs no disk.
    const int InMemoryBytesMax = 64 * 1024;

    static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(1);

    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/internal/imports").AllowCallers("souk");
        Map(app, "/api/catalog/staff/imports").AllowStaff("catalog:write");
    }

    static RouteHandlerBuilder Map(IEndpointRouteBuilder app, string address) => app.MapPost(address, HandleAsync)
        .Accepts<string>("text/csv")
        .Produces<ImportSummary>(200, "application/x-ndjson")
        .WithMetadata(new RequestSizeLimitAttribute(FileBytesMax));

    static async Task<Results<EmptyHttpResult, Refusal>> HandleAsync(
        HttpContext context, CatalogStore store, ImageStore images, Currency currency, IIdSource ids, TimeProvider clock, Drain drain)
    {
        var holder = ids.NewId();
        if (!await store.TakeLeaseAsync(holder, context.RequestAborted)) return Running();
        try
        {
            // Taken in whole first: an upload that breaks off, and a file that cannot be read, change nothing.
            await using Stream file = context.Request.ContentLength <= InMemoryBytesMax ? new MemoryStream() : CreateFile(ids);
            if (!await ReceiveAsync(context, file, store, holder, clock)) return Running();
            var outline = await ProductCsv.OutlineAsync(file, context.RequestAborted);
            if (!await store.TakeLeaseAsync(holder, context.RequestAborted)) return Running();

            file.Position = 0;
            using var csv = new ProductCsv(file);
            await csv.ReadHeaderAsync(context.RequestAborted);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, drain.Started);
            context.Response.ContentType = "application/x-ndjson";
            var run = new ImportRun(store, images, outline, currency.Code, holder);
            await foreach (var progress in run.RunAsync(csv, stop.Token))
            {
                await WriteLineAsync(context.Response, progress, CatalogJson.Default.ImportProgress, stop.Token);
            }
            await WriteLineAsync(context.Response, run.Summary, CatalogJson.Default.ImportSummary, stop.Token);
            return TypedResults.Empty;
        }
        catch (FileRefusedException refused)
        {
            return Refusal.BadRequest(refused.Code, refused.Message);
        }
        finally
        {
            await store.EndLeaseAsync(holder);
        }
    }

    static Refusal Running() => Refusal.Conflict("catalog.import_running", "Another import is under way. Try again when it has ended.");

    /// <summary>Takes the upload in, however long it takes; false when it stood still and another import went ahead.</summary>
    static async Task<bool> ReceiveAsync(HttpContext context, Stream file, CatalogStore store, string holder, TimeProvider clock)
    {
        var buffer = new byte[64 * 1024];
        var renewed = clock.GetTimestamp();
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) is var read and > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            if (clock.GetElapsedTime(renewed) < RenewEvery) continue;
            if (!await store.TakeLeaseAsync(holder, context.RequestAborted)) return false;
            renewed = clock.GetTimestamp();
        }
        file.Position = 0;
        return true;
    }

    static FileStream CreateFile(IIdSource ids)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous | FileOptions.SequentialScan,
        };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var path = Path.Combine(Path.GetTempPath(), "souk-import-" + ids.NewId());
        var file = new FileStream(path, options);
        // Without a name it is gone with the process, however that ends. Windows removes it at the close.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    static async Task WriteLineAsync<T>(HttpResponse response, T line, JsonTypeInfo<T> json, CancellationToken cancellation)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(line, json);
        await response.Body.WriteAsync(bytes, cancellation);
        await response.Body.WriteAsync("\n"u8.ToArray(), cancellation);
        await response.Body.FlushAsync(cancellation);
    }
}
