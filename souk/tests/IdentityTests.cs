using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Souk.Launcher.Identity;

namespace Souk.Launcher.Tests;

/// <summary>The launcher proves who it is as every service does.</summary>
public sealed class IdentityTests
{
    [Fact]
    public void A_token_names_caller_and_callee_lives_five_minutes_and_is_signed_with_the_key_in_the_folder()
    {
        var folder = Directory.CreateTempSubdirectory("souk-").FullName;
        using var identity = LauncherIdentity.Open(folder, TimeProvider.System);
        var parts = identity.TokenFor("catalog").Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        Assert.Equal(("souk", "catalog"), (claims["iss"]!.GetValue<string>(), claims["aud"]!.GetValue<string>()));
        Assert.Equal(300, claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());

        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(folder, "souk.pub")));
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "souk.key")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_process_with_the_folder_speaks_with_the_same_key()
    {
        var folder = Directory.CreateTempSubdirectory("souk-").FullName;
        using var first = LauncherIdentity.Open(folder, TimeProvider.System);
        var written = File.ReadAllText(Path.Combine(folder, "souk.key"));
        using var second = LauncherIdentity.Open(folder, TimeProvider.System);
        Assert.Equal(written, File.ReadAllText(Path.Combine(folder, "souk.key")));
        Directory.Delete(folder, recursive: true);
    }
}
