using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Souk.Testing;

/// <summary>
/// A PostgreSQL server of the test run's own: found on the machine, started once per test process on a free port of
/// loopback in a new folder, gone with the process. Every test gets a database of its own.
/// </summary>
public static class Postgres
{
    const string InstallCommand = "apt-get install postgresql";

    static readonly Lazy<Task<Server>> Running = new(StartAsync);
    static int _databases;

    /// <summary>Why tests on PostgreSQL are skipped here; null where they run.</summary>
    public static string? SkipReason { get; } = FindBinaries() is null && Environment.GetEnvironmentVariable("CI") != "true"
        ? $"PostgreSQL is not installed: {InstallCommand}"
        : null;

    /// <summary>Makes an empty database and returns its connection string.</summary>
    public static async Task<string> CreateDatabaseAsync()
    {
        var server = await Running.Value;
        var name = "t" + Interlocked.Increment(ref _databases).ToString(CultureInfo.InvariantCulture);
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // a name made here
        command.CommandText = $"CREATE DATABASE {name}";
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
        return server.ConnectionString(name);
    }

    static string? FindBinaries()
    {
        var folders = new List<string>((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            folders.AddRange(Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => version + "/bin"));
        }
        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")));
    }

    static async Task<Server> StartAsync()
    {
        var binaries = FindBinaries() ?? throw new InvalidOperationException(
            $"PostgreSQL is not installed: {InstallCommand}");
        var folder = Directory.CreateTempSubdirectory("souk-postgres-").FullName;
        // PostgreSQL refuses to run as root: Debian's package made a user for it.
        var asRoot = Environment.UserName == "root";
        if (asRoot) await RunAsync("chown", "postgres", folder);
        var data = Path.Combine(folder, "data");
        await RunAsync(asRoot, Path.Combine(binaries, "initdb"),
            "-D", data, "-U", "souk", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");

        var port = FreePort();
        // The shell waits on its input, which this process holds: when the process ends, however it ends, the input
        // closes and the shell stops the server, at once, and removes what it wrote. That is left to the shell, because a
        // hundred databases are tens of thousands of files, and the runner gives a test process ten seconds to end.
        var script = $"""
            "{binaries}/postgres" -D "{data}" -p {port} -k "{folder}" -c listen_addresses=127.0.0.1 \
                -c max_connections=300 -c shared_buffers=64MB -c fsync=off > "{folder}/log" 2>&1 < /dev/null &
            server=$!
            trap 'kill -QUIT $server' TERM INT
            cat > /dev/null
            kill -QUIT $server
            wait $server
            cd / && rm -rf "{folder}"
            """;
        var start = new ProcessStartInfo(asRoot ? "setpriv" : "sh") { RedirectStandardInput = true, WorkingDirectory = folder };
        string[] arguments = asRoot
            ? ["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", script]
            : ["-c", script];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var shell = Process.Start(start)!;
        var server = new Server(shell, port);
        await Eventually.HoldsAsync("PostgreSQL answers", async () =>
        {
            if (shell.HasExited) throw new InvalidOperationException(await File.ReadAllTextAsync(Path.Combine(folder, "log")));
            await using var connection = new NpgsqlConnection(server.ConnectionString("postgres"));
            await connection.OpenAsync();
            return true;
        }, TimeSpan.FromSeconds(60));
        return server;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static Task RunAsync(bool asRoot, string program, params string[] arguments) => asRoot
        ? RunAsync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments])
        : RunAsync(program, arguments);

    static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} failed: {errors}{await output}");
    }

    /// <param name="Shell">Held, because its input is.</param>
    /// <param name="Port">On loopback.</param>
    sealed record Server(Process Shell, int Port)
    {
        public string ConnectionString(string database) =>
            $"Host=127.0.0.1;Port={Port};Username=souk;Database={database};Maximum Pool Size=40";
    }
}
