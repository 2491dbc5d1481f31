using System.Diagnostics;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Tests;

/// <summary>However a store ends, nothing of it is left.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_lets_every_service_finish_the_gateway_first(string signal)
    {
        await using var store = new TinyStore("cart", "catalog");
        var run = await store.UpAsync();
        var processes = store.Processes();
        Assert.Equal(3, processes.Count);

        run.Signal(signal);
        Assert.Equal(0, await run.EndAsync());

        Assert.All(processes, process => Assert.False(LastRun.IsAlive(process, out _)));
        Assert.All(processes, process => Assert.Contains($"{process.Instance} finished", File.ReadAllText(store.Data.Log(process.Instance))));
        Assert.True(run.Output.IndexOf("gateway-1 stopped", StringComparison.Ordinal) < run.Output.IndexOf("cart-1 stopped", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(store.Data.Run, "*.sock"));
    }

    [Fact]
    public async Task No_child_outlives_a_killed_launcher_and_the_next_start_cleans_up()
    {
        await using var store = new TinyStore("cart", "catalog");
        var killed = await store.UpAsync();
        var processes = store.Processes();
        killed.Signal("KILL");
        await killed.EndAsync();
        await Eventually.HoldsAsync("every child is gone", () => processes.All(process => !LastRun.IsAlive(process, out _)));

        var next = await store.UpAsync();
        Assert.Contains("The last run was killed", next.Output);
    }

    [Fact]
    public async Task A_launcher_killed_while_it_builds_leaves_no_build()
    {
        await using var store = new TinyStore();
        store.Write("services/cart/src/Tiny.Cart.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""");
        store.Write("services/cart/deploy/souk.json", """{ "name": "cart", "project": "../src/Tiny.Cart.csproj" }""");
        var run = store.Start("up", "--port", "0");
        await run.SaysAsync("Building cart");
        await Eventually.HoldsAsync("the build runs", () => ProcessesNaming(store.Root) > 0);
        run.Signal("KILL");
        await run.EndAsync();
        await Eventually.HoldsAsync("the build is gone", () => ProcessesNaming(store.Root) == 0);
    }

    [Fact]
    public async Task A_service_that_does_not_finish_is_ended()
    {
        await using var store = new TinyStore();
        // It answers nobody and hears no signal: the launcher opens without it only after its patience, so it is not waited for.
        store.Declare(Path.Combine("services", "deaf"), "x", """{ "name": "deaf", "command": ["sh", "-c", "trap '' TERM; while true; do read line || true; done"] }""");
        var run = store.Start("up", "--port", "0");
        await run.SaysAsync("gateway-1 ready");
        var deaf = Assert.Single(store.Processes(), process => process.Instance == "deaf-1");
        run.Signal("TERM");
        await run.EndAsync();
        Assert.Contains("deaf-1 did not finish within 10 s and was ended", run.Output);
        Assert.False(LastRun.IsAlive(deaf, out _));
    }

    static int ProcessesNaming(string folder)
    {
        using var search = Process.Start(new ProcessStartInfo("pgrep", ["-f", folder]) { RedirectStandardOutput = true })!;
        return search.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
    }
}
