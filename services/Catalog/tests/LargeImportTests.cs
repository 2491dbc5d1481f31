using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Souk.Platform.Data;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

/// <summary>By itself: what is alive in the process is counted, and that is not to be other tests'.</summary>
[CollectionDefinition(nameof(LargeImportTests), DisableParallelization = true)]
[Collection(nameof(LargeImportTests))]
public sealed class LargeImportTests
{
    const int Rows = 100_000;
    const int RowsEach = 4;

    [Theory, EveryEngine]
    public async Task A_hundred_thousand_rows_take_bounded_memory(Engine engine)
    {
        await using var catalog = await StartAsync(engine, Row("warm"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = TimeProvider.System.GetTimestamp();

        using var response = await catalog.PostAsync(new Generated(Rows));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var (count, most, last) = (0, 0L, "");
        while (await lines.ReadLineAsync() is { } line)
        {
            last = line;
            // What is alive, not what is not yet collected.
            if (++count % 25 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        var summary = JsonSerializer.Deserialize<JsonElement>(last);
        Assert.Equal(Rows, summary.GetProperty("rows").GetInt32());
        Assert.Equal(Rows / RowsEach, summary.GetProperty("created").GetInt32());
        Assert.Equal(0, summary.GetProperty("refusedTotal").GetInt32());
        Assert.True(count > 100, $"Only {count} lines of progress.");
        Assert.InRange(most, 0, 32 * 1024 * 1024);
        TestContext.Current.SendDiagnosticMessage(
            $"{engine}: {Rows} rows in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s, {most / 1024 / 1024} MB more alive");

        var list = await catalog.GetAsync("/api/catalog/products?query=product 24999");
        Assert.Equal(1, list.GetProperty("total").GetInt64());
    }

    /// <summary>A file that is made while it is sent.</summary>
    sealed class Generated(int rows) : HttpContent
    {
        static readonly string[] Sizes = ["Small", "Medium", "Large", "Huge"];
        static readonly string Description = Quote(
            $"<p>{string.Join(' ', Enumerable.Repeat("A <b>sturdy</b> thing, made to \"last\".", 10))}</p>");

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await using var writer = new StreamWriter(stream, new UTF8Encoding(true), 64 * 1024, leaveOpen: true);
            await writer.WriteLineAsync(Header);
            for (var i = 0; i < rows; i++)
            {
                var product = i / RowsEach;
                var first = i % RowsEach == 0;
                await writer.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                    $"product-{product},{(first ? $"Product {product}" : "")},{(first ? Description : "")},Vendor {product % 50},Type {product % 30},\"tag {product % 40}, tag {product % 7}\",true,Size,{Sizes[i % RowsEach]},,,,{i % 100},{i % 500}.{i % 90 + 10},,https://cdn.example/{product}.jpg,1,,"));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
