namespace Souk.Launcher;

/// <summary>The folder under --data: everything that a running store keeps, and where.</summary>
sealed class DataFolder(string path)
{
    public string Root { get; } = Path.GetFullPath(path);
    public string Keys => Path.Combine(Root, "keys");
    public string Logs => Path.Combine(Root, "logs");
    public string Databases => Path.Combine(Root, "data");
    public string Releases => Path.Combine(Root, "releases");
    public string Build => Path.Combine(Root, "build");
    /// <summary>What the store has sent, where no SMTP server takes it.</summary>
    public string Mails => Path.Combine(Databases, "notifications", "mails");

    public string Run => Path.Combine(Root, "run");
    /// <summary>Where each service's database is, when they are on a server; closed to others, like the keys.</summary>
    public string DatabaseList => Path.Combine(Run, "databases.json");

    public string Endpoints => Path.Combine(Run, "endpoints.json");

    public string Log(string instance) => Path.Combine(Logs, instance + ".log");

    /// <summary>Makes the folders, closed to other users, and proves that they can be written.</summary>
    public void Prepare()
    {
        try
        {
            foreach (var folder in new[] { Root, Keys, Logs, Databases, Releases, Build, Run })
                MakePrivate(folder);
            var probe = Path.Combine(Run, "writable");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Trouble($"The data folder {Root} cannot be written ({error.Message.TrimEnd('.')}).",
                "Make it writable, or choose another folder with --data DIR.");
        }
    }

    /// <summary>The folder that holds one service's database and files.</summary>
    public string MakeHomeOf(string service)
    {
        var home = Path.Combine(Databases, service);
        MakePrivate(home);
        return home;
    }

    /// <summary>Replaces a file as a whole: a reader sees the old text or the new one, never a part.</summary>
    public static void Replace(string file, string text)
    {
        var draft = $"{file}.{Environment.ProcessId}.new";
        File.WriteAllText(draft, text);
        File.Move(draft, file, overwrite: true);
    }

    /// <summary>The same for what its owner alone may read.</summary>
    public static void ReplacePrivate(string file, string text)
    {
        var draft = $"{file}.{Environment.ProcessId}.new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(draft, options))
            writer.Write(text);
        File.Move(draft, file, overwrite: true);
    }

    static void MakePrivate(string folder)
    {
        if (OperatingSystem.IsWindows() || Directory.Exists(folder))
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
