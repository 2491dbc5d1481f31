using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Souk.Catalog.Import;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using static Souk.Catalog.Tests.CatalogTest;

namespace Souk.Catalog.Tests;

public sealed class ImportLeaseTests
{
    [Theory, EveryEngine]
    public async Task While_one_import_runs_another_is_refused(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        var store = catalog.App.Services.GetRequiredService<CatalogStore>();
        Assert.True(await store.TakeLeaseAsync("another replica", default));
        using var content = new StringContent(File(Row("mug")), Encoding.UTF8, "text/csv");
        Assert.Equal("409 catalog.import_running", await (await catalog.PostAsync(content)).RefusalAsync());

        await store.EndLeaseAsync("another replica");
        Assert.Equal(1, (await catalog.ImportAsync(File(Row("mug")))).Created);
    }

    [Theory, EveryEngine]
    public async Task An_import_whose_process_was_killed_holds_the_way_for_seconds_only(Engine engine)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var catalog = await TestService.StartAsync(CatalogService.Build, engine, new ServiceSetup { Clock = clock });
        Assert.True(await catalog.App.Services.GetRequiredService<CatalogStore>().TakeLeaseAsync("killed", default));
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(1, (await catalog.ImportAsync(File(Row("mug")))).Created);
    }

    [Theory, EveryEngine]
    public async Task Of_many_imports_at_once_each_is_whole_or_refused_and_nothing_is_published_twice(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        var rows = Enumerable.Range(0, 300).Select(i => Row($"p-{i}", option: "Size", value: "S")).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var response = await catalog.PostAsync(new StringContent(File(rows), Encoding.UTF8, "text/csv"));
            var text = await response.Content.ReadAsStringAsync();
            return response.StatusCode == HttpStatusCode.OK && text.Contains("\"done\":true", StringComparison.Ordinal) ? "done"
                : response.StatusCode == HttpStatusCode.Conflict ? "refused" : text;
        }));

        Assert.Contains("done", answers);
        Assert.All(answers, answer => Assert.Contains(answer, new[] { "done", "refused" }));
        Assert.Equal(rows.Select((_, i) => $"ProductPut p-{i} 1").Order(), (await catalog.HistoryAsync()).Order());
    }

    [Theory, EveryEngine]
    public async Task An_import_that_lost_its_lease_stores_nothing_more(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        var store = catalog.App.Services.GetRequiredService<CatalogStore>();
        Assert.True(await store.TakeLeaseAsync("one", default));
        Assert.False(await store.TakeLeaseAsync("two", default));
        Assert.True(await store.TakeLeaseAsync("one", default));
        await store.EndLeaseAsync("one");
        Assert.True(await store.TakeLeaseAsync("two", default));

        await Assert.ThrowsAsync<InvalidOperationException>(() => store.SaveAsync("one", [], new SafeHtml(), default));
    }

    [Theory, EveryEngine]
    public async Task An_upload_that_breaks_off_changes_nothing_and_leaves_the_way_free(Engine engine)
    {
        await using var catalog = await StartAsync(engine);
        var pending = new PendingContent(Header + "\n" + Row("slow") + "\n");
        using var abort = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/imports") { Content = pending };
        var sending = catalog.As("souk").SendAsync(request, abort.Token);
        await pending.Started;
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

        await Eventually.HoldsAsync("another import is taken", async () =>
        {
            using var response = await catalog.PostAsync(new StringContent(File(Row("mug")), Encoding.UTF8, "text/csv"));
            return response.StatusCode == HttpStatusCode.OK;
        });
        await Eventually.HoldsAsync("the product is listed", async () =>
            await catalog.HandlesAsync("") is ["mug"]);
    }

    /// <summary>A body that ends when it is told to.</summary>
    sealed class PendingContent : HttpContent
    {
        readonly byte[] _body;
        readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        readonly TaskCompletionSource _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public PendingContent(string body)
        {
            _body = Encoding.UTF8.GetBytes(body);
            Headers.ContentType = new("text/csv");
        }

        public Task Started => _started.Task;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, default);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(_body, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            _started.SetResult();
            await _finished.Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
