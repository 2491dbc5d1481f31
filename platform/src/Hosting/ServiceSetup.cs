using Microsoft.AspNetCore.Hosting.Server;
using Souk.Platform.Data;

namespace Souk.Platform.Hosting;

/// <summary>
/// What a service is handed from outside: its configuration, and in tests and the simulation its server, clock,
/// network and source of ids. Every default is the real thing.
/// </summary>
public sealed record ServiceSetup
{
    /// <summary>Command-line arguments, read as configuration after the environment. Default: none.</summary>
    public string[] Args { get; init; } = [];

    /// <summary>Configuration that outranks the environment and the arguments. Default: none.</summary>
    public IReadOnlyDictionary<string, string?> Configuration { get; init; } = new Dictionary<string, string?>();

    /// <summary>What listens. Default: Kestrel on <c>ASPNETCORE_URLS</c>.</summary>
    public IServer? Server { get; init; }

    /// <summary>Time and timers. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Identifiers and chance. Default: the clock and the operating system's random source.</summary>
    public IIdSource Ids { get => field ??= new TimedIds(Clock); init; }

    /// <summary>
    /// What carries a call to another service, by its name; discovery is left to it. Default: sockets, with
    /// addresses from <c>Services:{name}:http</c>.
    /// </summary>
    public Func<string, HttpMessageHandler>? Network { get; init; }

    /// <summary>Whether pumps run by themselves. False where a test or the simulation steps them. Default: true.</summary>
    public bool RunPumps { get; init; } = true;

    /// <summary>Told of each transaction's moments, and may end it there by throwing. Default: nobody.</summary>
    public Action<DatabaseMoment>? Watch { get; init; }

    /// <summary>The setup of a process: its command line and environment.</summary>
    /// <param name="args">The arguments of <c>Main</c>.</param>
    public static ServiceSetup FromCommandLine(string[] args) => new() { Args = args };
}
