using Souk.Launcher.Releases;

namespace Souk.Launcher.Tests;

/// <summary>What is built, when, and where.</summary>
public sealed class BuildTests
{
    const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType><Version>1.4.2</Version></PropertyGroup>
        </Project>
        """;

    [Fact]
    public async Task Changed_sources_make_a_new_release_and_unchanged_ones_build_nothing()
    {
        await using var store = new TinyStore();
        var (build, said) = Prepare(store, "System.Console.WriteLine(1);");
        var services = ServiceDeclaration.ReadAll(new Repository(store.Root));
        var stop = TestContext.Current.CancellationToken;

        var first = Assert.Single(await build.AllAsync(services, stop), release => release.Service.Name == "cart");
        Assert.Contains(said, line => line.StartsWith("Building cart", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(first.Folder, "Tiny.Cart.dll")));
        Assert.Matches(@"^1\.4\.2\+[0-9a-f]{8}$", first.Version);
        Assert.False(Directory.Exists(Path.Combine(store.Root, "services", "cart", "src", "bin")), "the source tree is left alone");

        said.Clear();
        File.SetLastWriteTimeUtc(Path.Combine(store.Root, "services", "cart", "src", "Program.cs"), DateTime.UtcNow.AddHours(1));
        Assert.Equal(first, Assert.Single(await build.AllAsync(services, stop), release => release.Service.Name == "cart"));
        Assert.Empty(said);

        store.Write("services/cart/src/Program.cs", "System.Console.WriteLine(2);");
        var second = Assert.Single(await build.AllAsync(services, stop), release => release.Service.Name == "cart");
        Assert.NotEqual(first.Version, second.Version);
        Assert.True(first.Exists, "what may still run is left alone");
    }

    [Fact]
    public async Task A_broken_build_names_the_first_error()
    {
        await using var store = new TinyStore();
        Prepare(store, "System.Console.WriteLine(1)");
        var run = store.Start("up", "--port", "0");
        Assert.Equal(1, await run.EndAsync());
        var last = run.Output.Split('\n')[^1];
        Assert.StartsWith("souk: The build failed: services/cart/src/Program.cs(1,28): error CS1002: ; expected", last);
        Assert.Contains("build.log", last);
    }

    static (Build Build, List<string> Said) Prepare(TinyStore store, string program)
    {
        store.Write("services/cart/src/Tiny.Cart.csproj", Project);
        store.Write("services/cart/src/Program.cs", program);
        store.Write("services/cart/deploy/souk.json", """{ "name": "cart", "project": "../src/Tiny.Cart.csproj" }""");
        store.Data.Prepare();
        var said = new List<string>();
        var repository = new Repository(store.Root);
        return (new Build(repository, store.Data, new ReleaseShelf(repository, store.Data), TimeProvider.System, said.Add), said);
    }
}
