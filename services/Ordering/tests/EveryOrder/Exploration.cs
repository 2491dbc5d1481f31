namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>A world, and the one call of its past, if any, that may still come once more, however late.</summary>
sealed record Node(World World, string? Late);

/// <summary>All worlds that can be reached from a placed order, breadth first: so the story of a violation is a short one.</summary>
sealed class Exploration
{
    readonly Dictionary<Node, (Node? From, string What)> _nodes = [];
    readonly Dictionary<World, List<Edge>> _edges = [];
    readonly Queue<Node> _open = [];

    /// <summary>Worlds, each with each of the calls that may come late.</summary>
    public int Nodes => _nodes.Count;

    public IReadOnlyCollection<World> Worlds => _edges.Keys;

    /// <summary>Ways between nodes.</summary>
    public int Edges { get; private set; }

    /// <summary>What was tried on the real code.</summary>
    public int Runs => _edges.Values.Sum(edges => edges.Count);

    /// <summary>The moves that were made: <c>Placed to Reserved</c>.</summary>
    public IEnumerable<string> Moves => _edges.SelectMany(from => from.Value, (from, edge) => (IEnumerable<string>)[from.Key.Order.State, .. edge.Moves])
        .SelectMany(path => path.Zip(path.Skip(1), (from, to) => $"{from} to {to}")).Distinct();

    /// <summary>Explores everything, and checks each way by the <see cref="Rules"/>.</summary>
    /// <param name="checkout">What can happen.</param>
    /// <param name="hasLate">Whether calls come late.</param>
    public static async Task<Exploration> OfAsync(Checkout checkout, bool hasLate = true)
    {
        var all = new Exploration();
        all.Reach(new Node(new World(Standing.Placed, Neighbours.New), null), null, "it is placed");
        while (all._open.TryDequeue(out var node))
        {
            if (!all._edges.TryGetValue(node.World, out var edges)) all._edges[node.World] = edges = await checkout.EdgesAsync(node.World);
            foreach (var edge in edges)
            {
                if (Rules.Broken(node.World, edge) is { } rule) throw new ViolationException($"{rule}\n{all.StoryOf(node)}\n{edge.What}: {edge.To}");
                all.Reach(new Node(edge.To, node.Late), node, edge.What);
                // A client that gave up, a repeat beside it, a proxy: whatever was sent may come again. It comes after a commit
                // or after a kill, which there are between any two calls; not within a run that goes on.
                if (!hasLate || node.Late is not null) continue;
                foreach (var call in edge.Calls) all.Reach(new Node(edge.To, call), node, edge.What);
            }
            if (node.Late is not { } late) continue;
            foreach (var (what, to) in Checkout.Late(node.World.Neighbours, late)) all.Reach(new Node(node.World with { Neighbours = to }, null), node, what);
        }
        return all;
    }

    /// <summary>
    /// From every world, whichever way things go once nothing fails any more, customers come or not, and providers know
    /// what became of what they were asked: the order ends, and where it may.
    /// </summary>
    public void EndsWell()
    {
        // Without a circle every way ends; so it is enough to look for circles, and at the ends.
        var seen = new Dictionary<World, bool>();
        foreach (var world in _edges.Keys) Visit(world);

        void Visit(World world)
        {
            if (seen.TryGetValue(world, out var isDone))
            {
                if (!isDone) throw new ViolationException($"It goes round in circles: {world}\n{StoryOf(_nodes.Keys.First(node => node.World == world))}");
                return;
            }
            seen[world] = false;
            var ways = _edges[world].Where(edge => edge.IsWell).ToList();
            if (!Rules.IsEnd(world.Order) && !ways.Exists(edge => edge.IsRun || world.Order.State == "NeedsAttention"))
            {
                throw new ViolationException($"Nothing leads on: {world}\n{StoryOf(_nodes.Keys.First(node => node.World == world))}");
            }
            foreach (var to in ways.Select(edge => edge.To).Distinct()) Visit(to);
            seen[world] = true;
        }
    }

    void Reach(Node node, Node? from, string what)
    {
        Edges++;
        if (_nodes.TryAdd(node, (from, what))) _open.Enqueue(node);
    }

    string StoryOf(Node node)
    {
        var (from, what) = _nodes[node];
        return $"{(from is null ? "" : StoryOf(from) + "\n")}{what}: {node.World}";
    }
}

/// <summary>Something that must not be, with how it came.</summary>
sealed class ViolationException(string message) : Exception(message);
