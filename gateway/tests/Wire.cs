using System.Net.Sockets;
using System.Text;

namespace Souk.Gateway.Tests;

/// <summary>Writes to the gateway what no well-behaved client would send, and reads what comes back.</summary>
sealed class Wire : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly TcpClient _client = new() { NoDelay = true };

    public static async Task<Wire> OpenAsync(House house)
    {
        var wire = new Wire();
        await wire._client.ConnectAsync(house.Gateway.Address.Host, house.Gateway.Address.Port);
        return wire;
    }

    /// <summary>One request on a connection of its own; everything until the gateway has answered and closed.</summary>
    public static async Task<string> AskAsync(House house, string request)
    {
        using var wire = await OpenAsync(house);
        await wire.SendAsync(request);
        return await wire.ReadToEndAsync();
    }

    public async Task SendAsync(string text)
    {
        try
        {
            await _client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (IOException)
        {
            // Refused before all of it was sent: the answer says so.
        }
    }

    /// <summary>Everything until the gateway closes the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        var buffer = new byte[8192];
        try
        {
            while (await _client.GetStream().ReadAsync(buffer, patience.Token) is > 0 and var count)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }
        }
        catch (IOException)
        {
            // A reset ends the connection too.
        }
        return text.ToString();
    }

    public void Dispose() => _client.Dispose();
}
