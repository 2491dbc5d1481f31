namespace Souk.Simulation;

/// <summary>Worlds side by side: each thread has a template of its own, and a world never leaves its thread.</summary>
static class SideBySide
{
    // An event may wake a long chain of those who wait, all on its stack.
    const int StackBytes = 16 * 1024 * 1024;

    static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    /// <summary>Runs the same work on some threads, and says now and then how it goes, until all have ended.</summary>
    public static void Run(int jobs, Action<Template> work, Action progress)
    {
        var threads = Enumerable.Range(0, jobs).Select(_ => new Thread(() =>
        {
            using var template = new Template();
            work(template);
        }, StackBytes)).ToList();
        foreach (var thread in threads) thread.Start();
        while (threads.Any(thread => !thread.Join(ProgressEvery))) progress();
    }
}
