namespace Souk.Launcher.Releases;

/// <summary>The dotnet host that started the launcher also builds and starts the services.</summary>
static class Dotnet
{
    public static string Path { get; } = Find();

    static string Find()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host))
            return host;
        if (Environment.ProcessPath is { } self && System.IO.Path.GetFileNameWithoutExtension(self) == "dotnet")
            return self;
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // The launcher's own runtime lies in <root>/shared/Microsoft.NETCore.App/<version>.
        var root = new DirectoryInfo(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory()).Parent?.Parent?.Parent?.FullName;
        return root is not null && File.Exists(System.IO.Path.Combine(root, name)) ? System.IO.Path.Combine(root, name) : name;
    }
}
