using System.Security.Cryptography;
using System.Text;

namespace Souk.Launcher.Releases;

/// <summary>Eight hex digits that name the sources of a service: the same content gives the same digits.</summary>
static class Fingerprint
{
    static readonly string[] OutputFolders = ["bin", "obj", "node_modules", "TestResults", "__pycache__"];

    /// <summary>Follows from the project and the central versions; a first build may write it, and must not ask for a second.</summary>
    const string WrittenByRestore = "packages.lock.json";

    /// <summary>Reads content, not times: a fresh checkout of the same sources needs no build.</summary>
    /// <remarks>Conditions are not read: a file too many costs a build, one too few would start old code.</remarks>
    public static string Of(ServiceDeclaration service, Repository repository)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal) { service.File };
        if (service.Project is null)
            files.UnionWith(FilesIn(service.SourceFolder));
        else
            AddProject(service.ProjectFile, repository, files);

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(repository.Root, file) + "\n"));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 4));
    }

    static void AddProject(string project, Repository repository, SortedSet<string> files)
    {
        if (!files.Add(project))
            return;
        files.UnionWith(FilesIn(Path.GetDirectoryName(project)!));
        foreach (var buildFile in repository.BuildFilesOf(project))
        {
            files.Add(buildFile);
            if (!buildFile.EndsWith(".json", StringComparison.Ordinal))
                foreach (var reference in ReferencesIn(buildFile, Path.GetDirectoryName(project)!))
                    if (reference.EndsWith("proj", StringComparison.Ordinal))
                        AddProject(reference, repository, files);
                    else
                        files.Add(reference);
        }
    }

    /// <summary>Files that a build file names outside the project's folder: referenced projects, linked sources.</summary>
    static IEnumerable<string> ReferencesIn(string buildFile, string projectFolder) =>
        from element in Repository.ReadXml(buildFile).Descendants()
        let include = element.Attribute("Include")?.Value
        where include is not null && element.Name.LocalName is not ("PackageReference" or "PackageVersion" or "Using")
        let path = include.Replace("$(MSBuildThisFileDirectory)", Path.GetDirectoryName(buildFile) + "/", StringComparison.Ordinal).Replace('\\', '/')
        where !path.Contains('$') && !path.Contains('*')
        let full = Path.GetFullPath(Path.Combine(projectFolder, path))
        where File.Exists(full)
        select full;

    static IEnumerable<string> FilesIn(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            if (Path.GetFileName(file) != WrittenByRestore)
                yield return file;
        foreach (var child in Directory.EnumerateDirectories(folder))
            if (!OutputFolders.Contains(Path.GetFileName(child)))
                foreach (var file in FilesIn(child))
                    yield return file;
    }
}
