using System.Text.Json;
using System.Text.Json.Nodes;

namespace Souk.Launcher.Processes;

/// <summary>The file that every service watches: the addresses of the replicas that are ready, and of no others.</summary>
sealed class EndpointFile(string path)
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    string _written = "";

    /// <summary>Replaces the file by one rename when its content changes; callers take turns.</summary>
    /// <param name="ready">Replicas that are ready.</param>
    /// <param name="names">All services, those of which none is ready too: they are down, and not unknown.</param>
    public void Write(IEnumerable<(string Service, int Port)> ready, IEnumerable<string> names)
    {
        var services = new JsonObject();
        foreach (var service in ready.GroupBy(replica => replica.Service))
            services[service.Key] = new JsonObject
            {
                ["http"] = new JsonArray([.. service.Select(replica => (JsonNode)$"http://127.0.0.1:{replica.Port}")]),
            };
        var all = new JsonArray([.. names.Distinct().Select(name => (JsonNode)name)]);
        var text = new JsonObject { ["Services"] = services, ["Souk"] = new JsonObject { ["Names"] = all } }.ToJsonString(Indented);
        if (text == _written)
            return;
        DataFolder.Replace(path, text);
        _written = text;
    }

    /// <summary>The first address of a service; null when it has none, or there is no file.</summary>
    public static Uri? AddressOf(string service, string path)
    {
        if (!File.Exists(path))
            return null;
        var addresses = JsonNode.Parse(File.ReadAllText(path))?["Services"]?[service]?["http"]?.AsArray();
        return addresses is { Count: > 0 } ? new Uri(addresses[0]!.GetValue<string>()) : null;
    }
}
