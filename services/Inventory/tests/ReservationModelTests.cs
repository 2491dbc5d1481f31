using CsCheck;

namespace Souk.Inventory.Tests;

/// <summary>Whatever orders do, in whatever order, the answers and the stock are those of a model of a few lines.</summary>
public sealed class ReservationModelTests
{
    const int Orders = 3;

    /// <summary>
    /// One thing that happens: 0–3 an order reserves, 4 pins, 5 holds, 6 commits, 7 releases, 8 puts back, 9 time passes,
    /// 10 pieces come in, 11 somebody counts.
    /// </summary>
    static readonly Gen<(int What, int Order, int Number)[]> Story =
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, Orders - 1], Gen.Int[0, 7]).Array[1, 30];

    [Theory, EveryEngine]
    public async Task Reservations_do_what_the_model_does(Engine engine)
    {
        await using var inventory = await InventoryUnderTest.StartAsync(engine);
        var stories = 0;
        await Story.SampleAsync(async story => await PlayAsync(inventory, story, Interlocked.Increment(ref stories)), iter: 30, threads: 1);
        Assert.True(stories >= 30);
        await inventory.IsWholeAsync();
    }

    static async Task PlayAsync(InventoryUnderTest inventory, (int What, int Order, int Number)[] story, int number)
    {
        string[] skus = [$"{number}-a", $"{number}-b"];
        await inventory.ListAsync($"{number}", (skus[0], 5), (skus[1], 3));
        var model = new Model([5, 3]);
        (string, long)[] Lines(long[] quantities) => [.. quantities.Select((q, i) => (skus[i], q)).Where(line => line.q > 0)];

        foreach (var (what, index, value) in story)
        {
            var (order, id) = (model.Orders[index], $"{number}/{index}");
            long[] wanted = [1 + index, value % 3];
            switch (what)
            {
                case <= 3:
                    int? hold = value < 4 ? 60 : null;
                    Assert.Equal(model.Reserve(order, wanted, hold), (await inventory.ReserveAsync(id, hold, Lines(wanted))).State);
                    break;
                case <= 7:
                    var to = what switch { 4 => "pinned", 5 => "held", 6 => "committed", _ => "released" };
                    Assert.Equal(model.Move(order, to), (await inventory.MoveAsync(id, to, to == "held" ? 60 : null)).State);
                    break;
                case 8:
                    long[] back = [1, value % 2];
                    var (key, expected) = ($"{number}/{index}/{value}", model.Restock(order, $"{index}/{value}", back));
                    Assert.Equal(expected, (await inventory.RestockAsync(key, id, Lines(back))).Code);
                    break;
                case 9:
                    await inventory.PassAsync(TimeSpan.FromSeconds(10 * value));
                    model.Pass(10 * value);
                    break;
                case 10:
                    await inventory.ReceiveAsync(skus[value % 2], 1);
                    model.OnHand[value % 2]++;
                    break;
                default:
                    var counted = model.Reserved(value % 2) <= value;
                    Assert.Equal(counted ? null : "inventory.stock.below_reserved", (await inventory.CorrectAsync(skus[value % 2], value)).Code);
                    if (counted) model.OnHand[value % 2] = value;
                    break;
            }
            for (var i = 0; i < skus.Length; i++)
            {
                var stock = (await inventory.StockAsync(skus[i])).Stock;
                Assert.Equal((model.OnHand[i], model.Reserved(i)), (stock.OnHand, stock.Reserved));
            }
        }
    }

    /// <summary>Orders and stock in memory. What is reserved is not kept but counted.</summary>
    sealed class Model(long[] onHand)
    {
        readonly HashSet<string> _restocks = [];

        public sealed class Order
        {
            public string State { get; set; } = "none";

            public int? Left { get; set; }

            public bool IsKept { get; set; }

            public long[] Lines { get; set; } = [0, 0];

            public long[] Back { get; } = [0, 0];

            public bool Holds => State is "held" or "pinned";
        }

        public Order[] Orders { get; } = [.. Enumerable.Range(0, ReservationModelTests.Orders).Select(_ => new Order())];

        public long[] OnHand { get; } = onHand;

        public long Reserved(int sku) => Orders.Where(order => order.Holds).Sum(order => order.Lines[sku]);

        public string Reserve(Order order, long[] wanted, int? hold)
        {
            if (order.State is "released") return "inventory.reservation.released";
            if (order.State is not "none" && !order.Lines.SequenceEqual(wanted)) return "inventory.reservation.changed";
            if (order.State is not ("none" or "expired")) return order.State;
            if (wanted.Where((quantity, sku) => OnHand[sku] - Reserved(sku) < quantity).Any()) return "inventory.reservation.out_of_stock";
            order.IsKept = order.State is "expired" && hold is null;
            (order.State, order.Left, order.Lines) = (hold is null ? "pinned" : "held", hold, wanted);
            return order.State;
        }

        public string Move(Order order, string to)
        {
            if (to is "pinned" && order.Holds) order.IsKept = true;
            if (order.State == to) return to;
            var isAllowed = to is "released" ? order.State is not "committed" : order.Holds && !(to is "held" && order.IsKept);
            if (!isAllowed) return order.State is "expired" ? "inventory.reservation.expired" : "inventory.reservation.state_invalid";
            if (to is "committed")
            {
                for (var sku = 0; sku < OnHand.Length; sku++) OnHand[sku] -= order.Lines[sku];
            }
            (order.State, order.Left) = (to, to is "held" ? 60 : null);
            return to;
        }

        public string? Restock(Order order, string key, long[] back)
        {
            if (_restocks.Contains(key)) return null;
            if (order.State is not "committed" || back.Where((quantity, sku) => quantity > order.Lines[sku] - order.Back[sku]).Any())
            {
                return "inventory.restock.too_much";
            }
            _restocks.Add(key);
            for (var sku = 0; sku < OnHand.Length; sku++)
            {
                OnHand[sku] += back[sku];
                order.Back[sku] += back[sku];
            }
            return null;
        }

        public void Pass(int seconds)
        {
            foreach (var order in Orders.Where(order => order.State is "held"))
            {
                order.Left -= seconds;
                if (order.Left <= 0) order.State = "expired";
            }
        }
    }
}
