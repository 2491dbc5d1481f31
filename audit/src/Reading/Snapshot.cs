namespace Souk.Auditing.Reading;

/// <summary>
/// Every database at one moment of its own, for as long as the snapshot is open. The moments follow each other as effects
/// precede their causes: whoever reads of a shipment finds, in a database opened later, what it was for; whoever reads how
/// far a consumer has come finds all events up to there.
/// </summary>
sealed class Snapshot : IAsyncDisposable
{
    static readonly string[] EffectsFirst =
        ["notifications", "cart", "shipping", "inventory", "ordering", "payment", "sandbox", "catalog"];

    readonly Dictionary<string, DatabaseReader> _readers = new(StringComparer.Ordinal);
    readonly Dictionary<(Type, string), object> _read = [];

    Snapshot(AuditOptions options) => Options = options;

    public AuditOptions Options { get; }

    /// <summary>Whether whoever asked has waited for quiet before.</summary>
    public bool WasAwaited { get; set; }

    /// <summary>The services that have a database here, in the order of reading.</summary>
    public IEnumerable<string> Services => _readers.Keys;

    public DatabaseReader Notifications => Of("notifications");
    public DatabaseReader Cart => Of("cart");
    public DatabaseReader Shipping => Of("shipping");
    public DatabaseReader Inventory => Of("inventory");
    public DatabaseReader Ordering => Of("ordering");
    public DatabaseReader Payment => Of("payment");
    public DatabaseReader Catalog => Of("catalog");

    /// <summary>The provider's own database: the judge of what happened to money.</summary>
    public DatabaseReader Sandbox => Of("sandbox");

    public static async Task<Snapshot> OpenAsync(StoreDatabases databases, AuditOptions options, CancellationToken cancellation)
    {
        var snapshot = new Snapshot(options);
        try
        {
            var services = databases.ConnectionStrings.Keys.Order(StringComparer.Ordinal)
                .OrderBy(service => Array.IndexOf(EffectsFirst, service) is >= 0 and var at ? at : EffectsFirst.Length);
            foreach (var service in services)
            {
                snapshot._readers.Add(service, await DatabaseReader.OpenAsync(databases.ConnectionStrings[service], cancellation));
            }
            return snapshot;
        }
        catch
        {
            await snapshot.DisposeAsync();
            throw;
        }
    }

    public bool Has(string service) => _readers.ContainsKey(service);

    public DatabaseReader Of(string service) =>
        _readers.TryGetValue(service, out var reader) ? reader : throw new DatabaseMissingException(service);

    /// <summary>What several invariants look at is read once.</summary>
    public Task<T> OnceAsync<T>(Func<Snapshot, Task<T>> read)
        where T : class => OnceAsync("", () => read(this));

    public Task<Outbox> OutboxOfAsync(string service) => OnceAsync(service, () => Outbox.ReadAsync(Of(service)));

    async Task<T> OnceAsync<T>(string name, Func<Task<T>> read)
        where T : class
    {
        if (_read.TryGetValue((typeof(T), name), out var known)) return (T)known;
        var value = await read();
        _read[(typeof(T), name)] = value;
        return value;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers.Values) await reader.DisposeAsync();
    }
}

/// <summary>A service that has no database here.</summary>
sealed class DatabaseMissingException(string service) : Exception($"there is no database of {service}");
