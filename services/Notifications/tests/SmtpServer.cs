using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MimeKit;

namespace Souk.Notifications.Tests;

/// <summary>A small SMTP server (RFC 5321) on a free port of loopback, which keeps what it is handed; the test says how it behaves.</summary>
sealed class SmtpServer : IAsyncDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly Task _accepting;

    public SmtpServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"smtp://127.0.0.1:{Port}";

    public ConcurrentQueue<Received> Mails { get; } = [];

    /// <summary>Nobody answers behind the port.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whom it does not know: 550.</summary>
    public HashSet<string> Unknown { get; } = [];

    /// <summary>"user:password"; null: it asks for none.</summary>
    public string? Login { get; set; }

    /// <summary>Breaks the line after the next mails are in, before it says so.</summary>
    public int BreaksAfterData { get; set; }

    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true) talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
        }
        await Task.WhenAll(talks);
    }

    async Task TalkAsync(TcpClient client)
    {
        using var _ = client;
        if (IsAway) return;
        Connections++;
        try
        {
            using var lines = new StreamReader(client.GetStream(), Encoding.Latin1);
            await using var answers = new StreamWriter(client.GetStream(), Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
            await answers.WriteLineAsync("220 test");
            var (from, to, isKnown) = ("", new List<string>(), Login is null);
            while (await lines.ReadLineAsync(_stop.Token) is { } line)
            {
                var verb = line.Split(' ', ':')[0].ToUpperInvariant();
                switch (verb)
                {
                    case "EHLO":
                        await answers.WriteLineAsync(Login is null ? "250 test" : "250-test\r\n250 AUTH PLAIN");
                        break;
                    case "AUTH":
                        isKnown = Encoding.UTF8.GetString(Convert.FromBase64String(line.Split(' ')[2])) == "\0" + Login!.Replace(':', '\0');
                        await answers.WriteLineAsync(isKnown ? "235 ok" : "535 who are you?");
                        break;
                    case "MAIL":
                        (from, to) = (Address(line), []);
                        await answers.WriteLineAsync(isKnown ? "250 ok" : "530 log in first");
                        break;
                    case "RCPT" when Unknown.Contains(Address(line)):
                        await answers.WriteLineAsync("550 no such person");
                        break;
                    case "RCPT":
                        to.Add(Address(line));
                        await answers.WriteLineAsync("250 ok");
                        break;
                    case "DATA":
                        await answers.WriteLineAsync("354 go on");
                        Mails.Enqueue(new Received(from, to, await ReadAsync(lines)));
                        if (BreaksAfterData > 0)
                        {
                            BreaksAfterData--;
                            return;
                        }
                        await answers.WriteLineAsync("250 taken");
                        break;
                    case "QUIT":
                        await answers.WriteLineAsync("221 bye");
                        return;
                    default:
                        await answers.WriteLineAsync("250 ok");
                        break;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The other side has gone.
        }
    }

    async Task<MimeMessage> ReadAsync(StreamReader lines)
    {
        var text = new StringBuilder();
        while (await lines.ReadLineAsync(_stop.Token) is { } line and not ".")
        {
            text.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }
        return await MimeMessage.LoadAsync(new MemoryStream(Encoding.Latin1.GetBytes(text.ToString())));
    }

    static string Address(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];
}

/// <summary>A mail as the server was handed it.</summary>
sealed record Received(string From, IReadOnlyList<string> To, MimeMessage Message);
