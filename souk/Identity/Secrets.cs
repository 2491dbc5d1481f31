using System.Security.Cryptography;

namespace Souk.Launcher.Identity;

/// <summary>
/// Secrets that processes share with each other and with nobody else, such as a payment provider's key: made at first
/// use, kept beside the keys, read by their owner alone.
/// </summary>
sealed class Secrets(string keyFolder)
{
    /// <summary>64 hexadecimal characters: 256 random bits.</summary>
    public string Of(string name)
    {
        var file = Path.Combine(keyFolder, name + ".secret");
        if (!File.Exists(file))
            DataFolder.ReplacePrivate(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        return File.ReadAllText(file);
    }
}
