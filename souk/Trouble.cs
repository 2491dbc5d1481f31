namespace Souk.Launcher;

/// <summary>Something that the reader can put right: one line that says what is wrong, and what to do.</summary>
sealed class Trouble(string what, string todo) : Exception(what)
{
    /// <summary>What the reader does about it; a whole sentence.</summary>
    public string Todo { get; } = todo;

    /// <summary>Words an exception of the operating system for its reader; null for a bug.</summary>
    public static Trouble? From(Exception error, string dataFolder) => error switch
    {
        Trouble trouble => trouble,
        UnauthorizedAccessException => new Trouble(error.Message.TrimEnd('.') + ".", $"Make {dataFolder} writable, or choose another folder with --data."),
        IOException => new Trouble(error.Message.TrimEnd('.') + ".", $"Look at the disk and the folder {dataFolder}, or choose another with --data."),
        _ => null,
    };

    /// <summary>A bug of the launcher: its trace goes to a log, not to the reader.</summary>
    public static Trouble Bug(Exception error, string log)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        File.AppendAllText(log, error + "\n");
        return new Trouble($"Something is wrong with the launcher itself: {error.Message}", $"The whole story is in {log}.");
    }
}
