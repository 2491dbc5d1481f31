using System.Text;
using System.Text.RegularExpressions;

namespace Souk.Launcher.Processes;

/// <summary>What one replica writes, on disk: a new file at a size cap, few old ones kept, the last lines at hand.</summary>
sealed partial class LogFile(string path, long sizeMax = 8 << 20) : IDisposable
{
    const int OldFilesKept = 2;
    const int LinesAtHand = 100;
    const int LastWordsMax = 4;
    const int LineLengthMax = 300;

    readonly Lock _lock = new();
    readonly Queue<string> _last = new();
    FileStream _file = Open(path);

    public string Path => path;

    /// <summary>The last lines written that may say why it ended, oldest first: no frames of a stack, which tell only where.</summary>
    public IReadOnlyList<string> LastWords()
    {
        lock (_lock)
            return [.. _last.Select(line => line.Trim()).Where(line => line.Length > 0 && !StackFrame().IsMatch(line))
                .TakeLast(LastWordsMax).Select(line => line.Length > LineLengthMax ? line[..LineLengthMax] + "…" : line)];
    }

    public async Task CopyAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
            Write(line);
    }

    public void Write(string line)
    {
        lock (_lock)
        {
            _last.Enqueue(line);
            if (_last.Count > LinesAtHand)
                _last.Dequeue();
            try
            {
                if (_file.Length > sizeMax)
                    Rotate();
                _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
                _file.Flush();
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                // A full disk must not stop the service whose output this is: its pipe has to be read on.
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
            _file.Dispose();
    }

    void Rotate()
    {
        _file.Dispose();
        for (var age = OldFilesKept; age > 0; age--)
        {
            var younger = age == 1 ? path : $"{path}.{age - 1}";
            if (File.Exists(younger))
                File.Move(younger, $"{path}.{age}", overwrite: true);
        }
        _file = Open(path);
    }

    [GeneratedRegex("^(at |---)")]
    private static partial Regex StackFrame();

    static FileStream Open(string path) => new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
}
