using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Launcher.Control;

/// <summary>
/// Held while a launcher runs on a data folder. The operating system holds it, not a file's content: it falls with the
/// process, however that ends.
/// </summary>
sealed class RunLock : IDisposable
{
    readonly FileStream _file;
    readonly string _card;

    RunLock(FileStream file, string card) => (_file, _card) = (file, card);

    static string CardOf(DataFolder data) => Path.Combine(data.Run, "launcher.json");

    /// <summary>Takes the lock and leaves a card for those who ask; refuses while another launcher holds it.</summary>
    public static RunLock Take(DataFolder data, LauncherCard card)
    {
        try
        {
            var file = new FileStream(Path.Combine(data.Run, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            DataFolder.Replace(CardOf(data), JsonSerializer.Serialize(card, CardJson.Default.LauncherCard));
            return new RunLock(file, CardOf(data));
        }
        catch (IOException)
        {
            var (pid, address) = Card(data) is { } other ? ($" (pid {other.Pid})", $" at {other.Address}") : ("", "");
            throw new Trouble($"Souk already runs{address} on {data.Root}{pid}.",
                "Use that one, stop it with Ctrl-C, or start another store with --data DIR --port PORT.");
        }
    }

    /// <summary>The card of the launcher that runs on the folder; null when none does.</summary>
    public static LauncherCard? Holder(DataFolder data)
    {
        var file = Path.Combine(data.Run, "lock");
        if (!File.Exists(file))
            return null;
        try
        {
            using var free = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (IOException)
        {
            return Card(data);
        }
    }

    public void Dispose()
    {
        File.Delete(_card);
        _file.Dispose();
    }

    static LauncherCard? Card(DataFolder data)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(CardOf(data)), CardJson.Default.LauncherCard);
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return null;
        }
    }
}

/// <summary>Where a running launcher is found: its process, the shop's address, and the socket that answers questions.</summary>
sealed record LauncherCard(int Pid, string Address, string Socket);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LauncherCard))]
sealed partial class CardJson : JsonSerializerContext;
