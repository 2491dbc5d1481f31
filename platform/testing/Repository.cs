namespace Souk.Testing;

/// <summary>Where the tests find the repository's files and the catalogues beside it.</summary>
public static class Repository
{
    /// <summary>The folder of Souk.slnx, found by walking up from the test's own folder.</summary>
    public static string Root { get; } = FindUp(AppContext.BaseDirectory, "Souk.slnx")
        ?? throw new InvalidOperationException("The tests run inside the repository: no Souk.slnx above them.");

    /// <summary>A path inside the repository.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>A sample catalogue in <c>../shared/data</c>, or null where that folder is not there.</summary>
    public static string? SharedData(string file)
    {
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Root, "..", "shared", "data", file));
        return File.Exists(path) ? path : null;
    }

    static string? FindUp(string folder, string file)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, file))) return at.FullName;
        }
        return null;
    }
}
