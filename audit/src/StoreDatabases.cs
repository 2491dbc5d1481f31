using System.Text.Json;

namespace Souk.Auditing;

/// <summary>Where a store's databases are: for each service SQLite's file or PostgreSQL's connection string.</summary>
/// <param name="ConnectionStrings">By service: <c>cart</c>, <c>ordering</c>, <c>sandbox</c> …</param>
public sealed record StoreDatabases(IReadOnlyDictionary<string, string> ConnectionStrings)
{
    /// <summary>
    /// Those of a data folder: what <c>run/databases.json</c> says where there is one, else the SQLite files
    /// <c>data/SERVICE/SERVICE.db</c>.
    /// </summary>
    /// <param name="dataFolder">The launcher's <c>--data</c>.</param>
    /// <exception cref="FormatException"><c>run/databases.json</c> is no object of connection strings.</exception>
    public static StoreDatabases In(string dataFolder)
    {
        var list = Path.Combine(dataFolder, "run", "databases.json");
        if (File.Exists(list)) return new StoreDatabases(Read(list));
        var files = Path.Combine(dataFolder, "data");
        return new StoreDatabases(!Directory.Exists(files) ? [] : Directory.GetDirectories(files)
            .Select(folder => Path.GetFileName(folder)!)
            .Where(service => File.Exists(FileOf(service)))
            .ToDictionary(service => service, service => "Data Source=" + FileOf(service), StringComparer.Ordinal));

        string FileOf(string service) => Path.Combine(files, service, service + ".db");
    }

    static Dictionary<string, string> Read(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            return json.RootElement.EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString()!, StringComparer.Ordinal);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new FormatException($"{file} is no object of connection strings: {error.Message}", error);
        }
    }
}
