namespace Souk.Auditing.Tests;

/// <summary>What clients were told, against what is so.</summary>
public sealed class ClientRecordTests
{
    [Theory, EveryEngine]
    public async Task With_a_good_record_nothing_is_unknown(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var report = await store.AuditAsync(
        [
            Told(1, key: "key-completed", status: 0, body: "b1"),
            Told(2, key: "key-completed", status: 409, code: "request.in_progress", body: "b1"),
            Told(3, key: "key-completed", status: 202, order: "completed", state: "Authorizing", body: "b1"),
            Told(4, key: "key-completed", status: 202, order: "completed", state: "Authorizing", body: "b1"),
            Told(5, key: "key-completed", status: 422, code: "request.idempotency_key_reused", body: "b2"),
            Told(6, action: "read", status: 200, order: "completed", state: "Confirmed"),
            Told(7, action: "read", status: 200, order: "completed", state: "Completed"),
            Told(8, key: "key-soldout", status: 201, order: "soldout", state: "Rejected", body: "b3"),
            Told(9, key: "other", status: 409, code: "order.price_changed", body: "b4"),
            Told(10, key: "key-cancelled", status: 503, body: "b5"),
        ]);
        Assert.DoesNotContain(report.Results, result => result.Verdict is Verdict.Violated or Verdict.Unknown);
        Assert.Equal(0, report.ExitCode);
        Assert.Equal("3 keys, 4 answers", report["I19"].LookedAt);
    }

    [Theory, EveryEngine]
    public async Task Without_a_record_it_is_unknown(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var report = await store.AuditAsync();
        Assert.Equal(["I17", "I18", "I19"], report.Results.Where(result => result.Verdict == Verdict.Unknown).Select(result => result.Id));
        Assert.All(["I17", "I18", "I19"], id => Assert.Equal("no client record", report[id].LookedAt));
        Assert.Equal(2, report.ExitCode);
    }

    [Theory, EveryEngine]
    public Task I17_sees_an_order_that_was_told_and_does_not_exist(Engine engine) => FailsAsync(engine, "I17", "lost",
        Told(1, key: "k", status: 201, order: "lost", state: "Confirmed"));

    [Theory, EveryEngine]
    public Task I17_sees_an_order_that_was_shown_as_confirmed_and_is_not(Engine engine) => FailsAsync(engine, "I17", "cancelled",
        Told(1, action: "read", status: 200, order: "cancelled", state: "Confirmed"));

    [Theory, EveryEngine]
    public Task I17_sees_an_order_that_became_less(Engine engine) => FailsAsync(engine, "I17", "completed",
        Told(1, action: "read", status: 200, order: "completed", state: "Confirmed"),
        Told(2, action: "read", status: 200, order: "completed", state: "Pinned"));

    [Theory, EveryEngine]
    public async Task Two_questions_at_once_may_be_answered_in_any_order(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var report = await store.AuditAsync(
        [
            Told(1, action: "read", status: 200, order: "completed", state: "Confirmed") with { DoneAt = History.Now.AddSeconds(3) },
            Told(2, action: "read", status: 200, order: "completed", state: "Pinned"),
        ]);
        Assert.Equal(Verdict.Holds, report["I17"].Verdict);
    }

    [Theory, EveryEngine]
    public Task I18_sees_that_a_refused_key_was_captured(Engine engine) => FailsAsync(engine, "I18", "completed",
        Told(1, key: "key-completed", status: 409, code: "order.price_changed"));

    [Theory, EveryEngine]
    public Task I18_sees_two_orders_of_a_key_that_was_not_answered(Engine engine) => FailsAsync(engine, "I18", "key-completed",
        Told(1, key: "key-completed", status: 0, body: "b"),
        Told(2, action: "again", key: "key-completed", status: 201, order: "retried", state: "Completed", body: "b"));

    /// <summary>Found by the simulation: a refund's address names its order, and is no order itself.</summary>
    [Theory, EveryEngine]
    public async Task A_refund_that_was_asked_for_until_it_was_answered_is_of_one_order(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.InsertAsync("ordering", "answered_request", ("caller", "console /api/ordering/orders/completed/refunds"),
            ("idempotency_key", "back"), ("request", "h"), ("location", "/api/ordering/orders/completed/refunds/r1"), ("begun_at", 0L));
        var report = await store.AuditAsync(
        [
            Told(1, action: "refund", key: "back", status: 0, body: "b"),
            Told(2, action: "refund", key: "back", status: 202, order: "completed", body: "b"),
        ]);
        Assert.Equal(Verdict.Holds, report["I18"].Verdict);
    }

    [Theory, EveryEngine]
    public Task I19_sees_two_answers_under_one_key(Engine engine) => FailsAsync(engine, "I19", "key-completed",
        Told(1, key: "key-completed", status: 202, order: "completed", state: "Authorizing", body: "b"),
        Told(2, key: "key-completed", status: 201, order: "completed", state: "Completed", body: "b"));

    [Fact]
    public async Task A_record_is_read_with_whatever_it_has()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            {"at":"2030-01-01T12:00:00Z","doneAt":1893499201000,"action":"order","key":"k1","status":201,"orderId":"o1","state":"Confirmed","code":null,"bodyHash":"b","answerHash":"a","more":{"x":1}}

            {"key":"k2"}
            [1]
            no json
            {"at":"2030-01-01T12:0
            """, TestContext.Current.CancellationToken);
        var answers = ClientAnswer.ReadAll(file);
        File.Delete(file);
        Assert.Equal(2, answers.Count);
        Assert.Equal(new ClientAnswer(History.Now, History.Now.AddSeconds(1), "order", "k1", 201, "o1", "Confirmed", null, "b", "a"), answers[0]);
        Assert.Equal(("k2", true), (answers[1].Key, answers[1].IsUnknown));
    }

    static ClientAnswer Told(int second, string action = "order", string? key = null, int status = 0, string? order = null, string? state = null,
        string? code = null, string? body = null) =>
        new(History.Now.AddSeconds(second), History.Now.AddSeconds(second), action, key, status, order, state, code, body, null);

    static async Task FailsAsync(Engine engine, string invariant, string subject, params ClientAnswer[] record)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var report = await store.AuditAsync(record);
        Assert.Equal([invariant], report.Results.Where(result => result.Verdict == Verdict.Violated).Select(result => result.Id));
        Assert.Contains(report[invariant].Findings, finding => finding.Subject == subject);
    }
}
