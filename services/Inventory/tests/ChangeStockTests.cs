using System.Net;
using System.Text.Json;

namespace Souk.Inventory.Tests;

/// <summary>Receipts and corrections.</summary>
public sealed class ChangeStockTests
{
    [Theory, EveryEngine]
    public async Task Receipts_and_corrections_change_the_figure_and_say_who_why_and_when(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A/1", 3));
        Assert.Equal((23, 0, 2), (await inventory.ReceiveAsync("A/1", 20)).Stock);
        inventory.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((4, 0, 3), (await inventory.CorrectAsync("A/1", 4)).Stock);

        Assert.Equal((4, 0, 3), (await inventory.StockAsync("A/1")).Stock);
        Assert.Equal(
        [
            """{"version":3,"kind":"correction","onHandBefore":23,"onHandAfter":4,"reason":"Counted","by":"souk","at":"2026-01-01T13:00:00+00:00"}""",
            """{"version":2,"kind":"receipt","onHandBefore":3,"onHandAfter":23,"reason":"Delivery 1","by":"souk","at":"2026-01-01T12:00:00+00:00"}""",
            """{"version":1,"kind":"opening","onHandBefore":0,"onHandAfter":3,"reason":"First listed by the catalogue","by":"catalog","at":"2026-01-01T00:00:00+00:00"}""",
        ], (await inventory.AuditAsync("A/1")).Select(entry => entry.GetRawText()));
    }

    [Theory, EveryEngine]
    public async Task A_change_that_no_shopper_can_see_is_not_published(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 10));
        await inventory.ReceiveAsync("A", 5);
        await inventory.CorrectAsync("A", 11);
        await inventory.CorrectAsync("A", 9);
        await inventory.CorrectAsync("A", 9);
        await inventory.CorrectAsync("A", 8);
        await inventory.CorrectAsync("A", 0);
        await inventory.ReceiveAsync("A", 1000);
        Assert.Equal(["1: in_stock", "4: low 9", "6: low 8", "7: out_of_stock 0", "8: in_stock"], await inventory.ChangesAsync("A"));
        Assert.Equal(8, (await inventory.AuditAsync("A")).Count);
    }

    [Theory, EveryEngine]
    public async Task What_is_promised_cannot_be_corrected_away(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 10));
        await inventory.PromiseAsync("A", 6);
        (await inventory.CorrectAsync("A", 5)).IsRefusal(409, "inventory.stock.below_reserved");
        Assert.Equal((10, 6, 2), (await inventory.StockAsync("A")).Stock);
        Assert.Single(await inventory.AuditAsync("A"));
        Assert.Equal((6, 6, 3), (await inventory.CorrectAsync("A", 6)).Stock);
    }

    [Theory, EveryEngine]
    public async Task The_database_itself_refuses_to_promise_what_is_not_there(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 10));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => inventory.PromiseAsync("A", 11));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => inventory.PromiseAsync("A", -1));
        await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(
            () => inventory.ExecuteAsync($"UPDATE stock SET on_hand = -1, reserved = -1 WHERE sku = {"A"}"));
        Assert.Equal((10, 0, 1), (await inventory.StockAsync("A")).Stock);
    }

    [Theory, EveryEngine]
    public async Task A_repeat_is_answered_the_same_and_done_once_even_after_a_restart(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 1));
        var first = await inventory.ReceiveAsync("A", 5, "k1");
        await inventory.CorrectAsync("A", 2, "k2");
        var repeat = await inventory.ReceiveAsync("A", 5, "k1");
        Assert.Equal(first.Body.GetRawText(), repeat.Body.GetRawText());
        Assert.Equal((2, 0, 3), (await inventory.StockAsync("A")).Stock);
        Assert.Equal(3, (await inventory.AuditAsync("A")).Count);
        Assert.Equal(["1: low 1", "2: low 6", "3: low 2"], await inventory.ChangesAsync("A"));
    }

    [Theory, EveryEngine]
    public async Task A_repeated_refusal_stays_one(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        (await inventory.ReceiveAsync("A", 5, "k1")).IsRefusal(404, "inventory.stock.sku_unknown");
        await inventory.ListAsync("tee", ("A", 1));
        (await inventory.ReceiveAsync("A", 5, "k1")).IsRefusal(404, "inventory.stock.sku_unknown");
        Assert.Equal((6, 0, 2), (await inventory.ReceiveAsync("A", 5, "k2")).Stock);
    }

    [Theory, EveryEngine]
    public async Task A_key_belongs_to_one_request(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 1), ("B", 1));
        await inventory.ReceiveAsync("A", 5, "k");
        (await inventory.ReceiveAsync("A", 6, "k")).IsRefusal(422, "request.idempotency_key_reused");
        (await inventory.ReceiveAsync("B", 5, "k")).IsRefusal(422, "request.idempotency_key_reused");
        (await inventory.CorrectAsync("A", 5, "k")).IsRefusal(422, "request.idempotency_key_reused");
        Assert.Equal((6, 0, 2), (await inventory.StockAsync("A")).Stock);
    }

    [Theory, EveryEngine]
    public async Task The_same_request_sent_many_times_at_once_is_done_once(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 1));
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => inventory.ReceiveAsync("A", 5, "k")));
        Assert.All(answers, answer => Assert.Equal((6, 0, 2), answer.Stock));
        Assert.Equal((6, 0, 2), (await inventory.StockAsync("A")).Stock);
    }

    [Theory, EveryEngine]
    public async Task Of_receipts_at_the_same_moment_none_is_lost(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        await inventory.ListAsync("tee", ("A", 0), ("B", 0));
        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(i => inventory.ReceiveAsync(i % 2 == 0 ? "A" : "B", i)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal((2550, 0, 51), (await inventory.StockAsync("A")).Stock);
        Assert.Equal((2500, 0, 51), (await inventory.StockAsync("B")).Stock);
        var story = (await inventory.AuditAsync("A")).AsEnumerable().Reverse().ToList();
        Assert.Equal(Enumerable.Range(1, 51), story.Select(entry => entry.GetProperty("version").GetInt32()));
        Assert.All(story.Zip(story.Skip(1)), pair =>
            Assert.Equal(pair.First.GetProperty("onHandAfter").GetInt64(), pair.Second.GetProperty("onHandBefore").GetInt64()));
    }

    [Theory]
    [InlineData("receipts", """{"quantity":0,"reason":"x"}""", "inventory.receipt.quantity_invalid")]
    [InlineData("receipts", """{"quantity":-1,"reason":"x"}""", "inventory.receipt.quantity_invalid")]
    [InlineData("receipts", """{"quantity":1000000001,"reason":"x"}""", "inventory.receipt.quantity_invalid")]
    [InlineData("receipts", """{"reason":"x"}""", "inventory.receipt.quantity_invalid")]
    [InlineData("receipts", """{"quantity":1.5,"reason":"x"}""", "request.malformed")]
    [InlineData("receipts", """{"quantity":"two","reason":"x"}""", "request.malformed")]
    [InlineData("receipts", """{"quantity":99999999999999999999,"reason":"x"}""", "request.malformed")]
    [InlineData("receipts", """{"quantity":1,"reason":"x","deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}""", "request.malformed")]
    [InlineData("receipts", """{"quantity":1}""", "inventory.stock.reason_invalid")]
    [InlineData("receipts", """{"quantity":1,"reason":"  "}""", "inventory.stock.reason_invalid")]
    [InlineData("receipts", """{"quantity":1,"reason":"a\u0000b"}""", "inventory.stock.reason_invalid")]
    [InlineData("corrections", """{"onHand":-1,"reason":"x"}""", "inventory.correction.on_hand_invalid")]
    [InlineData("corrections", """{"onHand":1000000001,"reason":"x"}""", "inventory.correction.on_hand_invalid")]
    [InlineData("corrections", """{"reason":"x"}""", "inventory.correction.on_hand_invalid")]
    [InlineData("corrections", """{"onHand":1,"reason":""}""", "inventory.stock.reason_invalid")]
    public async Task A_malformed_change_is_refused_with_a_stable_code(string what, string json, string code)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        await inventory.ListAsync("tee", ("A", 1));
        (await inventory.PostAsync("A", what, json, "k")).IsRefusal(400, code);
        Assert.Equal((1, 0, 1), (await inventory.StockAsync("A")).Stock);
    }

    [Fact]
    public async Task A_change_without_a_key_is_refused()
    {
        await using var inventory = await InventoryUnderTest.StartAsync(Engine.Sqlite);
        await inventory.ListAsync("tee", ("A", 1));
        var json = JsonSerializer.Serialize(new { quantity = 1, onHand = 5, reason = "x" });
        foreach (var what in new[] { "receipts", "corrections" })
        {
            (await inventory.PostAsync("A", what, json)).IsRefusal(400, "request.idempotency_key_invalid");
            (await inventory.PostAsync("A", what, json, "")).IsRefusal(400, "request.idempotency_key_invalid");
            (await inventory.PostAsync("A", what, json, new string('k', 201))).IsRefusal(400, "request.idempotency_key_invalid");
        }
        Assert.Equal((1, 0, 1), (await inventory.StockAsync("A")).Stock);
    }
}
