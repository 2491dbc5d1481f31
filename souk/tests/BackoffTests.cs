using Souk.Launcher.Processes;

namespace Souk.Launcher.Tests;

/// <summary>The small rules: waiting after a crash, the size of logs, the endpoint file.</summary>
public sealed class BackoffTests
{
    [Fact]
    public void The_first_crash_waits_for_nothing_the_next_ones_twice_as_long_up_to_a_bound()
    {
        var backoff = new Backoff();
        var waits = Enumerable.Range(0, 8).Select(_ => backoff.AfterCrash(TimeSpan.FromSeconds(1)).TotalSeconds);
        Assert.Equal([0, 0.5, 1, 2, 4, 8, 15, 15], waits);
        Assert.Equal(TimeSpan.Zero, backoff.AfterCrash(TimeSpan.FromSeconds(31)));
    }

    [Fact]
    public void A_log_starts_a_new_file_at_its_size_and_keeps_two_old_ones()
    {
        var folder = Directory.CreateTempSubdirectory("souk-");
        var path = Path.Combine(folder.FullName, "cart-1.log");
        using (var log = new LogFile(path, sizeMax: 100))
            for (var line = 0; line < 100; line++)
                log.Write($"line {line}, with some words to fill it");
        Assert.Equal(["cart-1.log", "cart-1.log.1", "cart-1.log.2"], folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.All(folder.GetFiles(), file => Assert.InRange(file.Length, 1, 200));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void The_endpoint_file_has_the_shape_that_service_discovery_reads()
    {
        var file = Path.GetTempFileName();
        new EndpointFile(file).Write([("cart", 5001), ("cart", 5002), ("catalog", 5003)], ["cart", "catalog", "inventory"]);
        Assert.Equal("""{"Services":{"cart":{"http":["http://127.0.0.1:5001","http://127.0.0.1:5002"]},"catalog":{"http":["http://127.0.0.1:5003"]}},"Souk":{"Names":["cart","catalog","inventory"]}}""",
            string.Concat(File.ReadAllText(file).Where(letter => !char.IsWhiteSpace(letter))));
        Assert.Equal(new Uri("http://127.0.0.1:5001"), EndpointFile.AddressOf("cart", file));
        Assert.Null(EndpointFile.AddressOf("inventory", file));
        File.Delete(file);
    }
}
