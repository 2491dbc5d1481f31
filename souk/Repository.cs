using System.Xml;
using System.Xml.Linq;

namespace Souk.Launcher;

/// <summary>The source tree that the store is built from: the folder that holds Souk.slnx.</summary>
sealed record Repository(string Root)
{
    /// <summary>The catalogue that a first run opens with.</summary>
    public string Catalogue => Path.Combine(Root, "data", "catalogue.csv");

    /// <summary>Walks up from the current directory, then from the launcher's own place.</summary>
    public static Repository Find()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "Souk.slnx")))
                    return new Repository(folder.FullName);
        throw new Trouble("No Souk.slnx here or in any folder above.", "Run the command inside a clone of the repository.");
    }

    /// <summary>The path as a person in the repository would type it.</summary>
    public string Shorten(string path)
    {
        var relative = Path.GetRelativePath(Root, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>The MSBuild files above a project that change how it is built, the project file itself first.</summary>
    public IEnumerable<string> BuildFilesOf(string project)
    {
        yield return project;
        string[] names = ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json"];
        for (var folder = new DirectoryInfo(Path.GetDirectoryName(project)!); folder is not null; folder = folder.Parent)
        {
            foreach (var name in names)
                if (File.Exists(Path.Combine(folder.FullName, name)))
                    yield return Path.Combine(folder.FullName, name);
            if (folder.FullName == Root)
                yield break;
        }
    }

    /// <summary>The nearest Version that a project or a file above it states; 0.0.0 when none does.</summary>
    public string VersionOf(string project)
    {
        foreach (var file in BuildFilesOf(project).Where(file => !file.EndsWith(".json", StringComparison.Ordinal)))
            if (ReadXml(file).Descendants("Version").FirstOrDefault()?.Value.Trim() is { Length: > 0 } version)
                return version;
        return "0.0.0";
    }

    /// <summary>Reads an MSBuild file; a malformed one is the reader's to mend.</summary>
    public static XDocument ReadXml(string file)
    {
        try
        {
            return XDocument.Load(file);
        }
        catch (XmlException error)
        {
            throw new Trouble($"{file} is not well-formed XML: {error.Message}", "Mend the file and start again.");
        }
    }
}
