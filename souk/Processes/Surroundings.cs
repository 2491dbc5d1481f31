using Souk.Launcher.Identity;
using Souk.Launcher.Releases;

namespace Souk.Launcher.Processes;

/// <summary>What the launcher tells a process by its environment: the process contract, the same for every language.</summary>
sealed record Surroundings(DataFolder Data, Databases Databases, int StorePort, int ConsolePort, int ProviderPort, string Currency = "EUR")
{
    /// <summary>Small heaps before throughput: many small processes share one laptop. A name set by the user wins.</summary>
    static readonly (string Name, string Value)[] SmallMemory =
    [
        ("DOTNET_gcServer", "0"),
        ("DOTNET_gcConcurrent", "0"),
        ("DOTNET_GCConserveMemory", "5"),
        ("DOTNET_GCgen0size", "0x400000"),
        ("DOTNET_TieredPGO", "0"),
    ];

    readonly Secrets _secrets = new(Data.Keys);

    /// <summary>The port of the next process of a service: the known ones for the doors, any free one for the rest.</summary>
    public int PortFor(ServiceDeclaration service) => service.Kind switch
    {
        "gateway" => StorePort,
        "provider" => ProviderPort,
        "console" when ConsolePort != 0 => ConsolePort,
        _ => Ports.Free(),
    };

    public Dictionary<string, string> Of(Release release, string instance, int port)
    {
        var home = Data.MakeHomeOf(release.Service.Name);
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["Souk__Keys"] = Data.Keys,
            ["Souk__Endpoints"] = Data.Endpoints,
            ["Souk__Data"] = home,
            ["Souk__Instance"] = instance,
            ["Souk__Version"] = release.Version,
            ["Souk__Currency"] = Currency,
            ["Souk__StoreUrl"] = $"http://localhost:{StorePort}",
            ["Souk__ProviderUrl"] = $"http://localhost:{ProviderPort}",
            ["Souk__StopWithStdin"] = "true",
        };
        if (release.Service.Database)
            environment["ConnectionStrings__Database"] = Databases.ConnectionOf(release.Service);
        foreach (var secret in release.Service.Secrets)
            environment["Souk__Secrets__" + secret] = _secrets.Of(secret);
        foreach (var (name, value) in SmallMemory)
            environment[name] = Environment.GetEnvironmentVariable(name) ?? value;
        return environment;
    }
}
