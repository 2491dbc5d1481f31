using Souk.Launcher.Processes;
using Spectre.Console;

namespace Souk.Launcher.Up;

/// <summary>What `up` shows: a live table on a terminal, else one line per change of state.</summary>
sealed class Screen(TimeProvider clock)
{
    const int LinesUnderTable = 6;

    readonly Lock _lock = new();
    readonly Queue<string> _last = new();
    readonly bool _terminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Out.IsTerminal;
    string _title = "Souk";
    bool _live;

    public void Say(string line)
    {
        lock (_lock)
        {
            foreach (var part in line.Split('\n'))
            {
                _last.Enqueue(part);
                if (_last.Count > LinesUnderTable)
                    _last.Dequeue();
            }
            if (!_live)
                Print(line);
        }
    }

    /// <summary>Tells the addresses; the first of these lines is what a script waits for.</summary>
    public void Open(string store, string console, string mails, TimeSpan took)
    {
        _title = $"Souk  {store}";
        Print($"Souk is open: {store}");
        Print($"  Mails that the store sends are in {mails}");
        Print($"  The console will be at {console} (kept for a later release). Opened in {took.TotalSeconds:0.0} s. Ctrl-C closes the store.");
    }

    /// <summary>Shows the store until it shall stop.</summary>
    public async Task ShowAsync(Fleet fleet, CancellationToken stop)
    {
        if (!_terminal)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        lock (_lock)
        {
            _live = true;
            _last.Clear();
        }
        await AnsiConsole.Live(Draw(fleet)).StartAsync(async live =>
        {
            while (!stop.IsCancellationRequested)
            {
                live.UpdateTarget(Draw(fleet));
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
        lock (_lock)
            _live = false;
    }

    Rows Draw(Fleet fleet)
    {
        lock (_lock)
            return new Rows([ServiceTable.Draw(_title, fleet.Replicas), .. _last.Select(line => new Text(line, new Style(Color.Grey)))]);
    }

    static void Print(string line)
    {
        try
        {
            Console.Out.WriteLine(line);
        }
        catch (IOException)
        {
            // The terminal is gone; the store closes by its own signal.
        }
    }
}
