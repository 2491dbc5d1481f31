using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Launcher.Releases;

/// <summary>What a service says of itself in its deploy/souk.json: all that the launcher knows of it.</summary>
/// <remarks>Members with a default are set, not init: the generated reader would overwrite the default with null.</remarks>
sealed record ServiceDeclaration
{
    /// <summary>The name that other services, the endpoint file and the keys use: lower case, as in "cart".</summary>
    public required string Name { get; init; }

    /// <summary>
    /// "gateway" opens --port and stops first, "console" opens --console-port, "web" stops before a "service", and a
    /// "provider", which is none of the store's own, opens --provider-port and stops last.
    /// </summary>
    public string Kind { get; set; } = "service";

    /// <summary>A C# service: its project file, relative to the declaration.</summary>
    public string? Project { get; init; }

    /// <summary>A service in another language: how it is started inside its release folder.</summary>
    public string[]? Command { get; init; }

    /// <summary>With a command: the folder that is copied into the release, relative to the declaration.</summary>
    public string Sources { get; set; } = "../src";

    /// <summary>With a command: its version; a project states its own.</summary>
    public string Version { get; set; } = "0.0.0";

    /// <summary>Whether it gets a database of its own.</summary>
    public bool Database { get; init; }

    /// <summary>Names of secrets that it shares with the other services that name them.</summary>
    public string[] Secrets { get; set; } = [];

    /// <summary>The declaration's own path.</summary>
    [JsonIgnore]
    public string File { get; set; } = "";

    /// <summary>Those that take requests from outside stop first, those that they call last.</summary>
    [JsonIgnore]
    public int StopsInRound => Kind switch { "gateway" => 0, "web" or "console" => 1, "provider" => 3, _ => 2 };

    [JsonIgnore]
    public string ProjectFile => Beside(Project!);

    [JsonIgnore]
    public string SourceFolder => Beside(Sources);

    /// <summary>Reads every declaration of the tree, sorted by name.</summary>
    public static IReadOnlyList<ServiceDeclaration> ReadAll(Repository repository)
    {
        string[] folders = [.. FoldersIn("services"), Path.Combine(repository.Root, "gateway"), .. FoldersIn("web")];
        var all = folders.Select(folder => Path.Combine(folder, "deploy", "souk.json"))
            .Where(System.IO.File.Exists).Select(Read).OrderBy(service => service.Name, StringComparer.Ordinal).ToList();
        if (all.Count == 0)
            throw new Trouble($"No service in {repository.Root} declares itself in a deploy/souk.json.", "See souk/README.md for the few lines it takes.");
        if (all.GroupBy(service => service.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new Trouble($"Two services call themselves {twice.Key}: {string.Join(" and ", twice.Select(service => repository.Shorten(service.File)))}.", "Rename one.");
        return all;

        string[] FoldersIn(string parent) =>
            Directory.Exists(Path.Combine(repository.Root, parent)) ? Directory.GetDirectories(Path.Combine(repository.Root, parent)) : [];
    }

    static ServiceDeclaration Read(string file)
    {
        try
        {
            var service = JsonSerializer.Deserialize(System.IO.File.ReadAllText(file), DeclarationJson.Default.ServiceDeclaration)!;
            if (service.Name.Length == 0 || service.Name.Any(letter => !char.IsAsciiLetterLower(letter) && !char.IsAsciiDigit(letter) && letter != '-'))
                throw new JsonException("name must be lower-case letters, digits and dashes");
            if (service.Project is null == service.Command is null)
                throw new JsonException("it needs either a project or a command");
            service = service with { File = file };
            if (service.Project is not null && !System.IO.File.Exists(service.ProjectFile))
                throw new JsonException($"there is no project {service.Project}");
            return service;
        }
        catch (JsonException error)
        {
            throw new Trouble($"{file} is no declaration of a service: {error.Message.TrimEnd('.')}.", "See souk/README.md for the format.");
        }
    }

    string Beside(string path) => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(File)!, path));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ServiceDeclaration))]
sealed partial class DeclarationJson : JsonSerializerContext;
