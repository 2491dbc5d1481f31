namespace Souk.Launcher.Releases;

/// <summary>One built version of a service, in a folder of its own that nothing writes to again.</summary>
sealed record Release(ServiceDeclaration Service, string Version, string Folder)
{
    const int KeptPerService = 4;

    /// <summary>A release appears by one rename, so a folder that is there is whole.</summary>
    public bool Exists => Directory.Exists(Folder);

    /// <summary>How its process is started, inside its folder.</summary>
    public IReadOnlyList<string> Command
    {
        get
        {
            if (Service.Command is { } command)
                return command;
            var settings = Directory.GetFiles(Folder, "*.runtimeconfig.json");
            return settings is [var only]
                ? [Dotnet.Path, only[..^".runtimeconfig.json".Length] + ".dll"]
                : throw new Trouble($"The release {Folder} holds {settings.Length} programs instead of one.", "Delete the folder and start again.");
        }
    }

    /// <summary>Takes in what a build left, by one rename, and lets the oldest releases of the service go.</summary>
    public void TakeIn(string built)
    {
        var shelf = Directory.CreateDirectory(Path.GetDirectoryName(Folder)!);
        Directory.Move(built, Folder);
        foreach (var old in shelf.GetDirectories().Where(folder => folder.FullName != Folder)
            .OrderByDescending(folder => folder.LastWriteTimeUtc).Skip(KeptPerService - 1))
            old.Delete(recursive: true);
    }
}

/// <summary>The releases of every service under --data: says which one the sources stand for.</summary>
sealed class ReleaseShelf(Repository repository, DataFolder data)
{
    /// <summary>The release that the sources of this moment stand for, built or not.</summary>
    public Release Current(ServiceDeclaration service)
    {
        var stated = service.Project is null ? service.Version : repository.VersionOf(service.ProjectFile);
        var version = $"{stated}+{Fingerprint.Of(service, repository)}";
        return new Release(service, version, Path.Combine(data.Releases, service.Name, version));
    }
}
