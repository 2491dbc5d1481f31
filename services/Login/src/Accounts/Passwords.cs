using System.Collections.Frozen;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Souk.Login.Accounts;

/// <summary>
/// Which passwords are taken, and how they are compared. Long is what counts: no rule about letters and digits, nothing is
/// cut off or changed, and only what everybody tries first is refused.
/// </summary>
public sealed class Passwords
{
    public const int LengthMin = 8;
    public const int LengthMax = 1000;

    static readonly FrozenSet<string> Commonest = Read();

    readonly PasswordHasher<Account> _hasher;
    readonly Account _nobody = new() { Id = "nobody" };
    readonly string _nobodysHash;
    int _worked;

    public Passwords(LoginSettings settings)
    {
        _hasher = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = settings.HashRounds }));
        _nobodysHash = _hasher.HashPassword(_nobody, "a password that nobody has");
    }

    /// <summary>Why a password is not taken, for its owner; null when it is.</summary>
    public static string? Refuse(string? password, string? email)
    {
        if (password is null || password.EnumerateRunes().Count() < LengthMin) return $"Use {LengthMin} characters or more. A few words with spaces between are fine.";
        if (password.Length > LengthMax) return $"Use {LengthMax} characters at most.";
        if (Commonest.Contains(password.ToLowerInvariant())) return "That is one of the passwords that are tried first. Choose another.";
        return string.Equals(password, email, StringComparison.OrdinalIgnoreCase) ? "Your address is what would be tried first. Choose another." : null;
    }

    /// <summary>How often a password was hashed since the start: nearly all of what signing in costs.</summary>
    public int Worked => Volatile.Read(ref _worked);

    public string Hash(Account account, string password)
    {
        Interlocked.Increment(ref _worked);
        return _hasher.HashPassword(account, password);
    }

    /// <summary>Compares; with nobody's hash where there is no account, so that it takes as long.</summary>
    public PasswordVerificationResult Verify(Account? account, string password)
    {
        Interlocked.Increment(ref _worked);
        if (password.Length > LengthMax) password = "";
        if (account?.PasswordHash is { } hash) return _hasher.VerifyHashedPassword(account, hash, password);
        _hasher.VerifyHashedPassword(_nobody, _nobodysHash, password);
        return PasswordVerificationResult.Failed;
    }

    static FrozenSet<string> Read()
    {
        using var reader = new StreamReader(typeof(Passwords).Assembly.GetManifestResourceStream("assets/commonest-passwords.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
    }
}
