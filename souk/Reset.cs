using Souk.Launcher.Control;

namespace Souk.Launcher;

/// <summary>`souk reset`: forgets products, carts, stock and logs; what is built stays built.</summary>
sealed class Reset(DataFolder data)
{
    public int Run(bool sure)
    {
        if (!Directory.Exists(data.Root))
        {
            Console.WriteLine($"There is no data in {data.Root}.");
            return 0;
        }
        using var runLock = TakeLock();
        if (!sure && !Confirm())
        {
            Console.WriteLine("Nothing was removed.");
            return 1;
        }
        // Only folders that the store made, and never --data itself: it may be a folder of the user's.
        foreach (var folder in new[] { data.Databases, data.Keys, data.Logs })
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        Console.WriteLine($"The store's data in {data.Root} is removed. The next start opens with the project's own catalogue.");
        return 0;
    }

    RunLock TakeLock()
    {
        if (RunLock.Holder(data) is { } launcher)
            throw new Trouble($"The store runs (pid {launcher.Pid}, {launcher.Address}).", "Stop it with Ctrl-C, then reset.");
        Directory.CreateDirectory(data.Run);
        return RunLock.Take(data, new LauncherCard(Environment.ProcessId, "no address: it is a reset", ""));
    }

    bool Confirm()
    {
        if (Console.IsInputRedirected)
            throw new Trouble($"A reset removes all data in {data.Root} and nobody is here to say yes.", "Add --yes if that is meant.");
        Console.Write($"Remove every product, cart and stock figure in {data.Root}? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
