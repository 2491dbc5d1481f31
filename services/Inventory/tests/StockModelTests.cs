using CsCheck;

namespace Souk.Inventory.Tests;

/// <summary>Whatever the catalogue and the store's people do, in whatever order, the answers are those of a model of a few lines.</summary>
public sealed class StockModelTests
{
    const int Skus = 3;

    /// <summary>One thing that happens to a SKU: 0–2 receipt, 3–5 correction, 6 listed, 7 reserved, 8 the last request again.</summary>
    static readonly Gen<(int What, int Sku, int Number)[]> Story =
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, Skus - 1], Gen.Int[0, 25]).Array[1, 25];

    [Theory, EveryEngine]
    public async Task Stock_does_what_the_model_does(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        var stories = 0;
        await Story.SampleAsync(async story => await PlayAsync(inventory, story, Interlocked.Increment(ref stories)), iter: 40, threads: 1);
        Assert.True(stories >= 40);
    }

    static async Task PlayAsync(InventoryUnderTest inventory, (int What, int Sku, int Number)[] story, int number)
    {
        var model = new Model[Skus];
        for (var sku = 0; sku < Skus; sku++) model[sku] = new Model();
        string Name(int sku) => $"{number}-{sku}";
        Func<Task<Answer>>? last = null;
        var lastAnswer = "";
        var step = 0;

        foreach (var (what, sku, value) in story)
        {
            var (name, expected, key) = (Name(sku), model[sku], $"{number}/{step++}");
            switch (what)
            {
                case <= 5:
                    last = what <= 2 ? () => inventory.ReceiveAsync(name, value, key) : () => inventory.CorrectAsync(name, value, key);
                    var answer = await last();
                    lastAnswer = Outcome(answer);
                    Assert.Equal(what <= 2 ? expected.Receive(value) : expected.Correct(value), answer.Code);
                    if (answer.Code?.EndsWith("_invalid", StringComparison.Ordinal) == true) last = null;
                    break;
                case 6:
                    expected.List(value);
                    await inventory.ListAsync(name, (name, value));
                    break;
                case 7:
                    if (expected.Reserve(value)) await inventory.PromiseAsync(name, value);
                    break;
                default:
                    if (last is not null) Assert.Equal(lastAnswer, Outcome(await last()));
                    break;
            }
            Assert.Equal(expected.Shown, await inventory.ShownAsync(name));
        }

        for (var sku = 0; sku < Skus; sku++)
        {
            if (!model[sku].Known) continue;
            Assert.Equal((model[sku].OnHand, model[sku].Reserved, model[sku].Version), (await inventory.StockAsync(Name(sku))).Stock);
            Assert.Equal(model[sku].OnHand, (await inventory.AuditAsync(Name(sku)))[0].GetProperty("onHandAfter").GetInt64());
            Assert.Equal(model[sku].Published, await inventory.ChangesAsync(Name(sku)));
        }
    }

    static string Outcome(Answer answer) => answer.Code ?? answer.Stock.ToString();

    sealed class Model
    {
        public bool Known { get; private set; }

        public long OnHand { get; private set; }

        public long Reserved { get; private set; }

        public long Version { get; private set; }

        public List<string> Published { get; } = [];

        public string Shown => (OnHand - Reserved) switch
        {
            _ when !Known => "unknown",
            0 => "out_of_stock 0",
            < 10 and var few => $"low {few}",
            _ => "in_stock",
        };

        public string? Receive(long quantity) =>
            quantity == 0 ? "inventory.receipt.quantity_invalid"
            : !Known ? "inventory.stock.sku_unknown"
            : Set(OnHand + quantity);

        public string? Correct(long onHand) =>
            !Known ? "inventory.stock.sku_unknown"
            : onHand < Reserved ? "inventory.stock.below_reserved"
            : Set(onHand);

        public void List(long quantity)
        {
            if (!Known) Set(quantity);
        }

        public bool Reserve(long quantity)
        {
            if (!Known || Reserved + quantity > OnHand) return false;
            Reserved += quantity;
            Version++;
            return true;
        }

        string? Set(long onHand)
        {
            var before = Shown;
            (Known, OnHand, Version) = (true, onHand, Version + 1);
            if (Shown != before) Published.Add($"{Version}: {Shown}");
            return null;
        }
    }
}
