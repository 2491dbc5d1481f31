namespace Souk.Auditing.Tests;

/// <summary>The checker is checked: one thing is made wrong, and that invariant says so, and no other where it can be alone.</summary>
public sealed class MutationTests
{
    [Theory, EveryEngine]
    public async Task Nothing_is_wrong_with_a_good_history(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        var report = await store.AuditAsync(record: []);
        Assert.DoesNotContain(report.Results, result => result.Verdict == Verdict.Violated);
        // Nothing was recorded of clients: that half of the work is not known to have been done.
        Assert.Equal(["I24"], report.Results.Where(result => result.Verdict == Verdict.Unknown).Select(result => result.Id));
        Assert.Equal(24, report.Results.Count);
        Assert.All(report.Results.Where(result => result.Verdict == Verdict.Holds), result => Assert.NotEmpty(result.LookedAt));
        Assert.True(report.IsQuiet);
    }

    [Theory, EveryEngine]
    public async Task I1_sees_an_order_under_two_keys(Engine engine) => await FailsAloneAsync(engine, "I1", "completed", ("ordering",
        "INSERT INTO answered_request (caller, idempotency_key, request, location, begun_at) VALUES ('storefront /api/ordering/orders c', 'again', 'h', '/api/ordering/orders/completed', 0)"));

    [Theory, EveryEngine]
    public async Task I1_sees_an_order_under_no_key(Engine engine) => await FailsAloneAsync(engine, "I1", "completed",
        ("ordering", "DELETE FROM answered_request WHERE idempotency_key = 'key-completed'"));

    [Theory, EveryEngine]
    public async Task I1_sees_a_cart_that_was_bought_twice(Engine engine) => await FailsAloneAsync(engine, "I1", "retried", history =>
    {
        var twice = new Sale("retried") { Path = History.ToEnd, Cart = "cart-completed" };
        history.Sales[history.Sales.FindIndex(sale => sale.Id == "retried")] = twice;
        history.Allows.Add(("ordering", "DROP INDEX orders_cart_version"));
    });

    [Theory, EveryEngine]
    public async Task I2_sees_a_cent_too_little_at_the_provider(Engine engine) =>
        await FailsAloneAsync(engine, "I2", "completed", history => history["completed"].Captured--);

    [Theory, EveryEngine]
    public async Task I2_sees_money_of_a_cancelled_order(Engine engine) =>
        await FailsAloneAsync(engine, "I2", "cancelled", history => history["cancelled"].Payments[0] = "captured");

    [Theory, EveryEngine]
    public async Task I2_sees_that_the_customers_money_is_still_held(Engine engine) =>
        await FailsAloneAsync(engine, "I2", "cancelled", history => history["cancelled"].Payments[0] = "authorized");

    [Theory, EveryEngine]
    public async Task I2_sees_that_a_first_card_is_still_held_when_a_second_has_paid(Engine engine) =>
        await FailsAloneAsync(engine, "I2", "retried", history => history["retried"].Payments[0] = "authorized");

    [Theory, EveryEngine]
    public async Task I2_sees_money_that_is_held_behind_a_void_of_nothing(Engine engine) => await FailsAloneAsync(engine, "I2", "cancelled",
        ("payment", "UPDATE operation SET amount = 0 WHERE key = 'ord-cancelled-void-1'"),
        ("sandbox", "DELETE FROM ledger WHERE key = 'ord-cancelled-void-1'"));

    [Theory, EveryEngine]
    public async Task I2_sees_money_for_no_order(Engine engine) => await FailsAsync(engine, "I2", "nobody", ["I2", "I3", "I4"], ("sandbox", """
        INSERT INTO ledger (seq, key, kind, authorization_id, reference, amount, currency, at)
        SELECT 900, 'k', 'capture', authorization_id, 'ord-nobody-auth-1', 5, 'EUR', 0 FROM ledger WHERE key = 'ord-completed-cap-1'
        """));

    [Theory, EveryEngine]
    public async Task I3_sees_more_captured_than_authorised(Engine engine) => await FailsAloneAsync(engine, "I3", "completed",
        ("payment", "UPDATE operation SET amount = amount - 1 WHERE key = 'ord-completed-auth-1'"),
        ("sandbox", "UPDATE ledger SET amount = amount - 1 WHERE key = 'ord-completed-auth-1'"));

    [Theory, EveryEngine]
    public async Task I3_sees_a_second_capture(Engine engine) => await FailsAsync(engine, "I3", "completed", ["I2", "I3", "I4"], ("sandbox", """
        INSERT INTO ledger (seq, key, kind, authorization_id, reference, amount, currency, at)
        SELECT 900, 'ord-completed-cap-2', kind, authorization_id, reference, amount, currency, at FROM ledger WHERE key = 'ord-completed-cap-1'
        """));

    [Theory, EveryEngine]
    public async Task I4_sees_an_entry_that_only_one_side_has(Engine engine) => await FailsAloneAsync(engine, "I4", "cancelled",
        ("sandbox", "UPDATE ledger SET key = 'another' WHERE key = 'ord-cancelled-void-1'"));

    [Theory, EveryEngine]
    public async Task I4_sees_bookings_that_are_not_balanced(Engine engine) => await FailsAloneAsync(engine, "I4", "completed", ("payment",
        "INSERT INTO ledger_entry (transaction_key, account, amount, currency, order_id, booked_at) VALUES ('ord-completed-cap-1', 'pocket', -1, 'EUR', 'completed', 0)"));

    [Theory, EveryEngine]
    public async Task I5_sees_a_reserved_piece_of_nobody(Engine engine) => await FailsAloneAsync(engine, "I5", "TEA-1",
        ("inventory", "UPDATE stock SET reserved = reserved + 1 WHERE sku = 'TEA-1'"));

    [Theory, EveryEngine]
    public async Task I5_sees_a_change_that_was_not_audited(Engine engine) => await FailsAloneAsync(engine, "I5", "TEA-2",
        ("inventory", "UPDATE stock SET on_hand = on_hand - 1 WHERE sku = 'TEA-2'"));

    /// <summary>Where I5 holds, I6 follows: a violation of it is never alone.</summary>
    [Theory, EveryEngine]
    public async Task I6_sees_a_SKU_that_was_sold_more_often_than_it_came_in(Engine engine) => await FailsAsync(engine, "I6", "MUG-1", ["I5", "I6"],
        ("inventory", "UPDATE stock_audit SET on_hand_before = 40, on_hand_after = 40 WHERE sku = 'MUG-1' AND kind = 'opening'"));

    [Theory, EveryEngine]
    public async Task I7_sees_stock_that_is_kept_for_a_cancelled_order(Engine engine) => await FailsAloneAsync(engine, "I7", "cancelled",
        history => history["cancelled"].Reservation = "Pinned");

    [Theory, EveryEngine]
    public async Task I7_sees_a_reservation_of_other_pieces(Engine engine) => await FailsAloneAsync(engine, "I7", "cancelled",
        ("inventory", "UPDATE reservation_line SET quantity = quantity + 1 WHERE order_id = 'cancelled' AND sku = 'MUG-1'"));

    [Theory, EveryEngine]
    public async Task I7_sees_committed_stock_of_an_order_that_has_ended_without(Engine engine) => await FailsAsync(engine, "I7", "cancelled", ["I5", "I7"],
        ("inventory", "UPDATE reservation SET state = 'Committed' WHERE order_id = 'cancelled'"));

    [Theory, EveryEngine]
    public async Task I8_sees_that_more_was_sent_than_ordered(Engine engine) => await FailsAloneAsync(engine, "I8", "completed",
        ("shipping", "UPDATE shipment_line SET quantity = quantity + 1 WHERE order_id = 'completed' AND sku = 'MUG-1'"));

    [Theory, EveryEngine]
    public async Task I8_sees_a_shipment_of_an_order_that_was_never_confirmed(Engine engine) => await FailsAloneAsync(engine, "I8", "cancelled",
        ("shipping", "INSERT INTO shipment (order_id, state, option_id, version, changed_at) VALUES ('cancelled', 'requested', 'standard', 0, 0)"));

    [Theory, EveryEngine]
    public async Task I9_sees_another_price_than_was_accepted(Engine engine) => await FailsAloneAsync(engine, "I9", "completed",
        ("ordering", """UPDATE orders SET snapshot = REPLACE(snapshot, '"amount":500', '"amount":501') WHERE id = 'completed'"""));

    [Theory, EveryEngine]
    public async Task I9_sees_that_something_else_is_charged(Engine engine) => await FailsAsync(engine, "I9", "completed", ["I2", "I9"],
        ("ordering", "UPDATE orders SET total = total + 1 WHERE id = 'completed'"));

    [Theory, EveryEngine]
    public async Task I10_sees_a_line_that_was_bought_and_stayed(Engine engine) => await FailsAloneAsync(engine, "I10", "completed", ("cart",
        "INSERT INTO line (cart_id, sku, quantity, added_price, added_version, changed_version) VALUES ('cart-completed', 'MUG-1', 1, 500, 1, 1)"));

    [Theory, EveryEngine]
    public async Task I10_sees_a_later_line_that_went_too(Engine engine) => await FailsAloneAsync(engine, "I10", "completed",
        ("cart", """UPDATE checkout SET removed = '[{"sku":"TEA-2","quantity":1,"left":0}]' WHERE order_id = 'completed'"""));

    [Theory, EveryEngine]
    public async Task I10_sees_a_cart_that_was_emptied_without_a_record_of_it(Engine engine) => await FailsAloneAsync(engine, "I10", "completed",
        ("cart", "DELETE FROM line WHERE cart_id = 'cart-completed'"), ("cart", "UPDATE cart SET version = 3 WHERE id = 'cart-completed'"),
        ("cart", "UPDATE checkout SET removed = '[]' WHERE order_id = 'completed'"));

    [Theory, EveryEngine]
    public async Task I10_sees_a_completed_order_that_never_left_its_cart(Engine engine) => await FailsAloneAsync(engine, "I10", "completed",
        ("cart", "DELETE FROM checkout WHERE order_id = 'completed'"));

    [Theory, EveryEngine]
    public async Task I11_sees_a_gap_in_the_log(Engine engine) => await FailsAloneAsync(engine, "I11", "completed",
        ("ordering", "DELETE FROM saga_move WHERE id = 'completed' AND state = 'Authorizing'"));

    [Theory, EveryEngine]
    public async Task I11_sees_a_move_that_is_not_allowed(Engine engine) => await FailsAloneAsync(engine, "I11", "completed",
        ("ordering", "UPDATE saga_move SET state = 'Declined' WHERE id = 'completed' AND state = 'Pinned'"));

    [Theory, EveryEngine]
    public async Task I11_sees_a_row_that_is_not_where_its_log_is(Engine engine) => await FailsAloneAsync(engine, "I11", "completed",
        ("ordering", "UPDATE saga SET seq = seq + 1 WHERE id = 'completed' AND name = 'checkout'"));

    /// <summary>No allowed moves lead to two outcomes: a violation of I12 is never alone.</summary>
    [Theory, EveryEngine]
    public async Task I12_sees_an_order_that_is_confirmed_and_cancelled(Engine engine) => await FailsAsync(engine, "I12", "cancelled", ["I7", "I11", "I12", "I14"],
        ("ordering", "UPDATE saga_move SET state = 'Confirmed' WHERE id = 'cancelled' AND state = 'Pinned'"));

    [Theory, EveryEngine]
    public async Task I13_sees_a_parked_event(Engine engine) => await FailsAloneAsync(engine, "I13", "notifications ← ordering", ("notifications",
        "INSERT INTO waiting_event (producer, position, subject, event, attempts, next_attempt_at) VALUES ('ordering', 1, 'completed', '{}', 5, 0)"));

    [Theory, EveryEngine]
    public async Task I13_sees_an_order_that_needs_attention(Engine engine) => await FailsAloneAsync(engine, "I13", "stuck", history =>
        history.Sales.Add(new Sale("stuck") { Path = [.. History.ToPivot, "NeedsAttention"], Payments = ["authorized"] }));

    [Theory, EveryEngine]
    public async Task I14_sees_an_event_that_is_missing(Engine engine) => await FailsAloneAsync(engine, "I14", "completed",
        ("shipping", "DELETE FROM outbox WHERE id = 'completed/2'"));

    [Theory, EveryEngine]
    public async Task I14_sees_that_the_last_word_on_a_SKU_is_old(Engine engine) => await FailsAloneAsync(engine, "I14", "TEA-1",
        ("inventory", """UPDATE outbox SET data = '{"sku":"TEA-1","availability":"low","available":3}' WHERE subject = 'TEA-1'"""));

    [Theory, EveryEngine]
    public async Task I15_sees_a_mail_that_was_never_made(Engine engine) => await FailsAloneAsync(engine, "I15", "completed",
        ("notifications", "DELETE FROM mail WHERE event_id = 'completed/1'"));

    [Theory, EveryEngine]
    public async Task I15_sees_a_mail_of_no_event(Engine engine)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        await store.InsertAsync("notifications", "mail", ("event_id", "completed/9"), ("order_id", "completed"), ("state", "sent"));
        await FailsAsync(store, "I15", "completed/9", ["I15"]);
    }

    [Theory, EveryEngine]
    public async Task I15_sees_a_shipment_of_which_the_order_does_not_know(Engine engine) => await FailsAloneAsync(engine, "I15", "completed",
        ("ordering", "UPDATE orders SET shipment = REPLACE(shipment, 'handed_over', 'requested') WHERE id = 'completed'"));

    [Theory, EveryEngine]
    public async Task I15_sees_a_SKU_that_was_never_opened(Engine engine) => await FailsAloneAsync(engine, "I15", "NEW-1",
        ("catalog", """UPDATE outbox SET data = REPLACE(data, '"TEA-3"', '"NEW-1"') WHERE id = 'tea/1'"""),
        ("cart", "UPDATE variant SET sku = 'NEW-1' WHERE sku = 'TEA-3'"));

    [Theory, EveryEngine]
    public async Task I16_sees_versions_that_stand_in_the_wrong_order(Engine engine) => await FailsAloneAsync(engine, "I16", "completed",
        ("ordering", "UPDATE outbox SET position = -1 WHERE id = 'completed/1'"),
        ("ordering", "UPDATE outbox SET position = 1 WHERE id = 'completed/2'"),
        ("ordering", "UPDATE outbox SET position = 2 WHERE id = 'completed/1'"));

    [Theory, EveryEngine]
    public async Task I20_sees_a_copy_that_went_back(Engine engine) => await FailsAloneAsync(engine, "I20", "tea",
        ("cart", "UPDATE product SET version = 1 WHERE handle = 'tea'"));

    [Theory, EveryEngine]
    public async Task I21_sees_an_order_of_what_is_in_another_users_cart(Engine engine) => await FailsAloneAsync(engine, "I21", "completed",
        ("ordering", "UPDATE orders SET customer = 'amal' WHERE id = 'completed'"), ("cart", "UPDATE cart SET owner = 'noor' WHERE id = 'cart-completed'"));

    [Theory, EveryEngine]
    public async Task I21_sees_a_guests_order_of_what_is_in_a_users_cart(Engine engine) => await FailsAloneAsync(engine, "I21", "completed",
        ("cart", "UPDATE cart SET owner = 'noor' WHERE id = 'cart-completed'"));

    [Theory, EveryEngine]
    public async Task I22_sees_more_pieces_refunded_than_bought(Engine engine) => await FailsAsync(engine, "I22", "returned", ["I7", "I22"],
        ("ordering", "UPDATE refund_part SET quantity = 3"));

    [Theory, EveryEngine]
    public async Task I22_sees_a_part_that_another_key_gave_back(Engine engine) => await FailsAloneAsync(engine, "I22", "returned",
        ("ordering", "UPDATE refund_part SET k = 2"));

    [Theory, EveryEngine]
    public async Task I22_sees_money_that_went_back_through_no_refund(Engine engine) => await FailsAloneAsync(engine, "I22", "returned",
        ("ordering", "UPDATE orders SET refunded = refunded + 1 WHERE id = 'returned'"));

    [Theory, EveryEngine]
    public async Task I23_sees_a_price_that_was_never_told(Engine engine) => await FailsAloneAsync(engine, "I23", "TEA-2",
        ("cart", "UPDATE variant SET price = 1 WHERE sku = 'TEA-2'"));

    [Theory, EveryEngine]
    public async Task I23_sees_a_withdrawn_variant_that_is_still_sold(Engine engine) => await FailsAloneAsync(engine, "I23", "OLD-1",
        ("cart", "UPDATE variant SET available = 1 WHERE sku = 'OLD-1'"));

    static Task FailsAloneAsync(Engine engine, string invariant, string subject, params (string Service, string Sql)[] changes) =>
        FailsAsync(engine, invariant, subject, [invariant], changes);

    static async Task FailsAsync(Engine engine, string invariant, string subject, string[] together, params (string Service, string Sql)[] changes)
    {
        await using var store = await StoreUnderAudit.CreateAsync(engine);
        foreach (var (service, sql) in changes) await store.ExecuteAsync(service, sql);
        await FailsAsync(store, invariant, subject, together);
    }

    static async Task FailsAloneAsync(Engine engine, string invariant, string subject, Action<History> change)
    {
        var history = new History();
        change(history);
        await using var store = await StoreUnderAudit.BuildAsync(engine, history);
        await FailsAsync(store, invariant, subject, [invariant]);
    }

    static async Task FailsAsync(StoreUnderAudit store, string invariant, string subject, string[] together)
    {
        var report = await store.AuditAsync(record: []);
        var violated = report.Results.Where(result => result.Verdict == Verdict.Violated).ToList();
        Assert.True(violated.Select(result => result.Id).SequenceEqual(together), string.Join('\n', violated.SelectMany(result =>
            result.Findings.Select(finding => $"{result.Id} {finding.Subject} {finding.What}")).Prepend("violated:")));
        Assert.Contains(report[invariant].Findings, finding => finding.Subject == subject);
        Assert.Equal(1, report.ExitCode);
    }
}
