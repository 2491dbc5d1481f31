using System.Text.Json;
using Turn = Souk.Platform.Sagas.Turn<Souk.Settings.Export>;

namespace Souk.Settings;

/// <summary>
/// Asks every service what it holds on a person and keeps each answer as it comes. One that is down is asked
/// again for as long as it takes; Settings adds its own part in the transaction that ends it.
/// </summary>
sealed class ExportSaga(IEnumerable<PeopleClient> people, PersonStore store, TimeProvider clock)
{
    public const string Name = "export";

    readonly List<PeopleClient> _people = [.. people];

    public SagaPlan<Export> Plan() => new SagaPlan<Export>(Name, "Collecting") { Backoff = TimeSpan.FromSeconds(1), BackoffMax = TimeSpan.FromMinutes(1) }
        .Step("Collecting", ["Done", "Cancelled"], CollectAsync)
        .Rest("Done")
        // Its person is forgotten meanwhile.
        .Rest("Cancelled");

    async Task<Turn> CollectAsync(Export export, SagaState run, CancellationToken cancellation)
    {
        var parts = new Dictionary<string, string>();
        await AskAsync(_people.Where(service => !service.IsByOrder), []);
        // Some know nothing of a person but the orders, which Ordering has to name first.
        if ((parts.GetValueOrDefault(PeopleClient.OrdersFrom) ?? export.Parts.GetValueOrDefault(PeopleClient.OrdersFrom)) is { } ordering)
        {
            await AskAsync(_people.Where(service => service.IsByOrder), PeopleClient.OrdersIn(ordering));
        }

        async Task AskAsync(IEnumerable<PeopleClient> some, IReadOnlyList<string> orders)
        {
            var answers = await Task.WhenAll(some.Where(service => !export.Parts.ContainsKey(service.Service))
                .Select(service => ExportSaga.AskAsync(service, export.Subject, orders, cancellation)));
            foreach (var (service, content) in answers)
            {
                if (content is not null) parts[service] = content;
            }
        }

        var silent = _people.Select(service => service.Service).Where(service => !parts.ContainsKey(service) && !export.Parts.ContainsKey(service)).ToList();
        if (silent.Count > 0) return Turn.Again(string.Join(", ", silent), (tx, now) => ExportStore.AddPartsAsync(tx, now, parts));
        return Turn.To("Done", async (tx, now) =>
        {
            var own = PersonExport.Of(await store.ReadAsync(tx, now.Subject));
            parts["settings"] = JsonSerializer.Serialize(own, SettingsJson.Default.PersonExport);
            return await ExportStore.DoneAsync(tx, await ExportStore.AddPartsAsync(tx, now, parts), clock.GetUtcNow());
        });
    }

    /// <summary>Its part; null when it does not answer now.</summary>
    static async Task<(string Service, string? Content)> AskAsync(
        PeopleClient service, string subject, IReadOnlyList<string> orders, CancellationToken cancellation)
    {
        try
        {
            return (service.Service, await service.ReadAsync(subject, orders, cancellation));
        }
        catch (Exception error) when (error is not InvalidOperationException)
        {
            // The others' parts are kept meanwhile.
            return (service.Service, null);
        }
    }
}
