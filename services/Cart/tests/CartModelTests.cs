using System.Net;
using CsCheck;

namespace Souk.Cart.Tests;

/// <summary>Whatever shoppers and Catalog do, in whatever order, the answers are those of a model of a few lines.</summary>
public sealed class CartModelTests
{
    const int Skus = 4;

    /// <summary>One thing that happens to a SKU: 0–4 put, 5–6 remove, 7 a new price, 8 withdrawn, 9 the cart is ordered, 10 and checked out.</summary>
    static readonly Gen<(int What, int Sku, int Number)[]> Story =
        Gen.Select(Gen.Int[0, 10], Gen.Int[0, Skus - 1], Gen.Int[1, 99]).Array[1, 25];

    [Theory, EveryEngine]
    public async Task Carts_do_what_the_model_does(Engine engine)
    {
        await using var cart = await CartUnderTest.StartAsync(engine);
        var stories = 0;
        await Story.SampleAsync(async story => await PlayAsync(cart, story, Interlocked.Increment(ref stories)), iter: 40, threads: 1);
        Assert.True(stories >= 40);
    }

    static async Task PlayAsync(CartUnderTest cart, (int What, int Sku, int Number)[] story, int number)
    {
        var model = new Model();
        string Sku(int sku) => $"{number}-{sku}";
        for (var sku = 0; sku < Skus; sku++) await cart.SellAsync(Sku(sku), (Sku(sku), 100));
        var id = await cart.NewCartAsync();

        foreach (var (what, sku, value) in story)
        {
            var name = Sku(sku);
            switch (what)
            {
                case <= 4:
                    var put = await cart.PutAsync(id, name, value);
                    if (model.Put(sku, value)) Assert.Equal(model.Version, put.Version);
                    else put.IsRefusal(404, "cart.sku_unknown");
                    break;
                case <= 6:
                    model.Remove(sku);
                    Assert.Equal(model.Version, (await cart.RemoveAsync(id, name)).Version);
                    break;
                case 7:
                    model.Prices[sku] = value;
                    await cart.SellAsync(name, (name, value));
                    break;
                case 9:
                    model.Order();
                    break;
                case 10 when model.Ordered.Count > 0:
                    Assert.Equal(HttpStatusCode.OK, (await cart.CheckOutAsync($"{number}-{model.OrderedVersion}", id, model.OrderedVersion,
                        [.. model.Ordered.Select(line => (Sku(line.Key), line.Value))])).Status);
                    model.CheckOut();
                    break;
                case 10:
                    break;
                default:
                    model.Prices[sku] = -Math.Abs(model.Prices[sku]);
                    await cart.WithdrawAsync(name);
                    break;
            }

            var read = await cart.ReadAsync(id);
            Assert.Equal(model.Version, read.Version);
            Assert.Equal(model.Total, read.Total);
            Assert.Equal(model.Lines.Select(line => (Sku(line.Sku), line.Quantity)), read.Quantities);
            Assert.Equal(model.Lines.Select(line => (line.Added != Math.Abs(model.Prices[line.Sku]), model.Prices[line.Sku] > 0)),
                read.Lines.Select(line => (line.GetProperty("priceChanged").GetBoolean(), line.GetProperty("available").GetBoolean())));
        }
    }

    /// <summary>A cart in memory. A price below zero: withdrawn at that price.</summary>
    sealed class Model
    {
        public long[] Prices { get; } = [.. Enumerable.Repeat(100L, Skus)];

        public List<(int Sku, int Quantity, long Added)> Lines { get; } = [];

        /// <summary>What was ordered, and what of it still stands in the cart for that: a line taken out stands for nothing.</summary>
        public Dictionary<int, int> Ordered { get; private set; } = [];

        public long OrderedVersion { get; private set; }

        readonly HashSet<int> _standing = [];
        readonly HashSet<long> _done = [];

        public long Version { get; private set; } = 1;

        public long Total => Lines.Where(line => Prices[line.Sku] > 0).Sum(line => Prices[line.Sku] * line.Quantity);

        public bool Put(int sku, int quantity)
        {
            if (Prices[sku] < 0) return false;
            var at = Lines.FindIndex(line => line.Sku == sku);
            if (at >= 0 && Lines[at].Quantity == quantity) return true;
            if (at < 0) Lines.Add((sku, quantity, Prices[sku]));
            else Lines[at] = Lines[at] with { Quantity = quantity };
            Version++;
            return true;
        }

        public void Remove(int sku)
        {
            _standing.Remove(sku);
            if (Lines.RemoveAll(line => line.Sku == sku) > 0) Version++;
        }

        public void Order()
        {
            OrderedVersion = Version;
            Ordered = Lines.ToDictionary(line => line.Sku, line => line.Quantity);
            _standing.Clear();
            _standing.UnionWith(Ordered.Keys);
        }

        public void CheckOut()
        {
            if (!_done.Add(OrderedVersion) || _standing.Count == 0) return;
            foreach (var sku in _standing)
            {
                var at = Lines.FindIndex(line => line.Sku == sku);
                var left = Lines[at].Quantity - Ordered[sku];
                if (left > 0) Lines[at] = Lines[at] with { Quantity = left };
                else Lines.RemoveAt(at);
            }
            Version++;
        }
    }
}
