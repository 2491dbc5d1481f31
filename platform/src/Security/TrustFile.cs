using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Souk.Platform.Security;

/// <summary>
/// Login's last answer on disk, for the owner alone (mode 600): a service that starts while Login is dead judges tokens by
/// it. Written whole, then moved, so that it is never half there.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="instance">Which replica writes: they share the file.</param>
/// <param name="logger">Told of a file that makes no sense.</param>
sealed class TrustFile(string path, string instance, ILogger<TrustFile> logger)
{
    /// <summary>What the file says; null where there is none, or none that can be read.</summary>
    public TrustNews? Read()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), TrustJson.Default.TrustNews) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            logger.LogWarning("{Path} cannot be read, Login is asked: {Error}", path, error.Message);
            return null;
        }
    }

    public void Write(TrustNews news)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{instance}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options)) JsonSerializer.Serialize(file, news, TrustJson.Default.TrustNews);
        File.Move(draft, path, overwrite: true);
    }
}
