using Microsoft.Data.Sqlite;

namespace Souk.Auditing.Tests;

/// <summary>How the judge looks: at a store that runs, at one that is not whole, and when it says that it does not know.</summary>
public sealed class AuditTests
{
    [Theory, EveryEngine]
    public async Task A_store_in_the_middle_of_a_write_is_read_at_the_moment_before(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await using var connection = await store.OpenAsync("inventory");
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "UPDATE stock SET reserved = reserved + 1 WHERE sku = 'TEA-1'";
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Verdict.Unknown, (await store.AuditAsync(record: [])).Verdict);
    }

    [Theory, EveryEngine]
    public async Task What_was_only_read_at_different_moments_is_no_alarm(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.ExecuteAsync("cart", "UPDATE checkout SET order_id = 'another' WHERE order_id = 'completed'");
        var report = await store.AuditAsync(meanwhile: () => store.ExecuteAsync("cart", "UPDATE checkout SET order_id = 'completed' WHERE order_id = 'another'"));
        Assert.Equal(Verdict.Holds, report["I10"].Verdict);
    }

    [Theory, EveryEngine]
    public async Task What_is_wrong_with_one_order_after_another_is_no_alarm_either(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.ExecuteAsync("shipping", "UPDATE shipment_line SET quantity = 9 WHERE order_id = 'completed'");
        var report = await store.AuditAsync(meanwhile: async () =>
        {
            await store.ExecuteAsync("shipping", "UPDATE shipment_line SET quantity = CASE sku WHEN 'TEA-1' THEN 2 ELSE 1 END WHERE order_id = 'completed'");
            await store.ExecuteAsync("shipping", "UPDATE shipment_line SET quantity = 9 WHERE order_id = 'retried'");
        });
        Assert.Equal(Verdict.Holds, report["I8"].Verdict);
    }

    [Theory, EveryEngine]
    public async Task An_order_under_way_is_unknown_until_it_was_waited_for(Engine engine)
    {
        var history = new History();
        history.Sales.Add(new Sale("moving") { Path = History.ToPivot, Payments = ["authorized"] });
        await using var store = await StoreUnderAudit.BuildAsync(engine, history);
        var looked = await store.AuditAsync(record: []);
        Assert.Equal(Verdict.Unknown, looked["I13"].Verdict);
        Assert.False(looked.IsQuiet);
        Assert.DoesNotContain(looked.Results, result => result.Verdict == Verdict.Violated);

        var waited = await store.AuditAsync(record: [], wait: TimeSpan.FromMilliseconds(20));
        Assert.Equal(["I13"], waited.Results.Where(result => result.Verdict == Verdict.Violated).Select(result => result.Id));
        Assert.Contains(waited["I13"].Findings, finding => finding is { Subject: "moving", What: "the checkout is in Confirmed" });

        var ended = await store.AuditAsync(record: [], wait: TimeSpan.FromMinutes(1), meanwhile: async () =>
        {
            await store.ExecuteAsync("ordering", "UPDATE saga SET state = 'Cancelled' WHERE id = 'moving'");
            await store.ExecuteAsync("inventory", "UPDATE reservation SET state = 'Released' WHERE order_id = 'moving'");
        });
        Assert.Equal(Verdict.Holds, ended["I13"].Verdict);
    }

    [Theory, EveryEngine]
    public async Task A_customer_may_be_waited_for_but_not_for_ever(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.ExecuteAsync("ordering", $"UPDATE saga SET entered_at = {History.Now.AddMinutes(-16).ToUnixTimeMilliseconds()} WHERE id = 'waiting'");
        var report = await store.AuditAsync(wait: TimeSpan.FromMilliseconds(5));
        Assert.Contains(report["I13"].Findings, finding => finding.Subject == "waiting");
    }

    [Theory, EveryEngine]
    public async Task A_feed_that_was_not_read_to_its_end_is_not_quiet(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.ExecuteAsync("cart", "UPDATE feed_cursor SET position = position - 1");
        var report = await store.AuditAsync();
        Assert.False(report.IsQuiet);
        Assert.Contains("cart ← catalog", report["I13"].LookedAt);
    }

    [Theory, EveryEngine]
    public async Task A_reversed_order_is_at_rest_and_nothing_is_wrong_with_it(Engine engine)
    {
        var history = new History();
        history.Sales.Add(new Sale("reversed")
        {
            Path = [.. History.ToPivot, "NeedsAttention"],
            Payments = ["voided"],
            Reservation = "Released",
            IsReversed = true,
        });
        await using var store = await StoreUnderAudit.BuildAsync(engine, history);
        var report = await store.AuditAsync(record: []);
        Assert.DoesNotContain(report.Results, result => result.Verdict == Verdict.Violated);
        Assert.True(report.IsQuiet);
    }

    [Theory, EveryEngine]
    public async Task A_void_of_nothing_stands_in_no_ledger_and_nothing_is_wrong_with_it(Engine engine)
    {
        var history = new History();
        history["cancelled"].Payments[0] = "declined";
        await using var store = await StoreUnderAudit.BuildAsync(engine, history);
        await store.ExecuteAsync("payment", """
            INSERT INTO operation (key, order_id, kind, amount, currency, state, asked_at, asks)
            VALUES ('ord-cancelled-void-1', 'cancelled', 'void', 0, 'EUR', 'done', 0, 1)
            """);
        var report = await store.AuditAsync(record: []);
        Assert.DoesNotContain(report.Results, result => result.Verdict == Verdict.Violated);
    }

    [Theory, EveryEngine]
    public async Task Orders_of_users_out_of_their_own_carts_and_out_of_guests_are_in_order(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        Assert.Equal(Verdict.NotApplicable, (await store.AuditAsync())["I21"].Verdict);
        await store.ExecuteAsync("ordering", "UPDATE orders SET customer = 'amal' WHERE id IN ('completed', 'returned')");
        await store.ExecuteAsync("cart", "UPDATE cart SET owner = 'amal' WHERE id = 'cart-completed'");
        var report = await store.AuditAsync();
        Assert.Equal(Verdict.Holds, report["I21"].Verdict);
        Assert.Contains("2 orders of users", report["I21"].LookedAt, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task Under_another_provider_its_book_is_unknown(Engine engine)
    {
        var history = new History();
        history["completed"].Provider = "stripe";
        await using var store = await StoreUnderAudit.BuildAsync(engine, history);
        var report = await store.AuditAsync();
        Assert.Equal(Verdict.Unknown, report["I2"].Verdict);
        Assert.Equal(Verdict.Unknown, report["I4"].Verdict);
        Assert.Contains("stripe", report["I4"].LookedAt);
        Assert.Equal(Verdict.Holds, report["I3"].Verdict);
    }

    [Theory, EveryEngine]
    public async Task A_database_that_is_missing_or_of_another_release_makes_unknown_and_never_holds(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var without = store.Databases.ConnectionStrings.Where(one => one.Key != "inventory").ToDictionary();
        var report = await Audit.RunAsync(new StoreDatabases(without), new AuditOptions { Clock = new StillClock(History.Now) }, TestContext.Current.CancellationToken);
        Assert.All(["I5", "I6", "I7"], id => Assert.Equal(Verdict.Unknown, report[id].Verdict));
        Assert.Equal("there is no database of inventory", report["I5"].LookedAt);
        Assert.Equal(2, report.ExitCode);

        await store.ExecuteAsync("payment", "ALTER TABLE operation RENAME TO task");
        var other = await store.AuditAsync();
        Assert.Equal(Verdict.Unknown, other["I3"].Verdict);
        Assert.False(other.IsQuiet);
    }

    [Theory, EveryEngine]
    public async Task Without_work_there_is_no_verdict(Engine engine)
    {
        var idle = new History();
        idle.Sales.Clear();
        await using var store = await StoreUnderAudit.BuildAsync(engine, idle);
        Assert.Equal("nothing was ordered", (await store.AuditAsync())["I24"].LookedAt);

        var refused = new History();
        refused.Sales.RemoveAll(sale => sale.Id != "soldout");
        await using var other = await StoreUnderAudit.BuildAsync(engine, refused);
        Assert.Equal("none of 1 orders was completed", (await other.AuditAsync())["I24"].LookedAt);
    }

    /// <summary>SQLite may leave an empty log beside a file that is read; the file itself is as it was.</summary>
    [Fact]
    public async Task An_audit_changes_no_database_of_a_stopped_store()
    {
        await using var store = await StoreUnderAudit.CreateAsync(Engine.Sqlite);
        var before = Files();
        var report = await Audit.RunAsync(StoreDatabases.In(store.DataFolder), new AuditOptions { Clock = new StillClock(History.Now) }, TestContext.Current.CancellationToken);
        Assert.Equal(Verdict.Holds, report["I5"].Verdict);
        Assert.Equal(before, Files());

        string[] Files() => [.. Directory.GetFiles(store.DataFolder, "*.db", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))))];
    }

    /// <summary>A kill leaves a log of writes beside the file, which nobody has put in yet.</summary>
    [Fact]
    public async Task A_store_that_was_killed_is_read_with_its_last_commit()
    {
        await using var store = await StoreUnderAudit.CreateAsync(Engine.Sqlite);
        var file = new SqliteConnectionStringBuilder(store.Databases.ConnectionStrings["inventory"]).DataSource;
        await using (var connection = await store.OpenAsync("inventory"))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "UPDATE stock SET reserved = reserved + 1 WHERE sku = 'TEA-1'";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            File.Copy(file, file + ".killed");
            File.Copy(file + "-wal", file + ".killed-wal");
        }
        File.Delete(file);
        File.Move(file + ".killed", file);
        File.Move(file + ".killed-wal", file + "-wal");
        Assert.Equal(Verdict.Violated, (await store.AuditAsync())["I5"].Verdict);
    }

    [Fact]
    public async Task The_list_of_databases_wins_over_the_files()
    {
        await using var store = await StoreUnderAudit.CreateAsync(Engine.Sqlite);
        Assert.Equal(8, StoreDatabases.In(store.DataFolder).ConnectionStrings.Count);
        Directory.CreateDirectory(Path.Combine(store.DataFolder, "run"));
        var list = Path.Combine(store.DataFolder, "run", "databases.json");
        await File.WriteAllTextAsync(list, """{ "cart": "Host=db;Database=cart" }""", TestContext.Current.CancellationToken);
        Assert.Equal("Host=db;Database=cart", Assert.Single(StoreDatabases.In(store.DataFolder).ConnectionStrings).Value);
        await File.WriteAllTextAsync(list, "[]", TestContext.Current.CancellationToken);
        Assert.Throws<FormatException>(() => StoreDatabases.In(store.DataFolder));
    }
}
