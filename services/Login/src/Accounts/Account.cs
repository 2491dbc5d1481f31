using System.Buffers.Text;
using Microsoft.AspNetCore.Identity;

namespace Souk.Login.Accounts;

/// <summary>A person who can sign in. The address and the credentials are Login's alone; all others know the subject.</summary>
public sealed class Account : IdentityUser<string>
{
    /// <summary>The roles that there are.</summary>
    public static readonly IReadOnlyList<string> AllRoles = ["customer", "support", "staff"];

    /// <summary>Separated by spaces, in the order of <see cref="AllRoles"/>.</summary>
    public string Roles { get; private set; } = "customer";

    /// <summary>When it was made, in milliseconds since 1970.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Since when nobody can sign in with it, in milliseconds since 1970.</summary>
    public long? DisabledAt { get; set; }

    public bool IsDisabled => DisabledAt is not null;

    public IReadOnlyList<string> RoleList => Roles.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public bool IsStaff => RoleList.Contains("staff");

    /// <summary>A new customer, who has still to confirm the address.</summary>
    public static Account Register(IIdSource ids, string email, DateTimeOffset now) => new()
    {
        Id = NewSubject(ids),
        UserName = email,
        Email = email,
        CreatedAt = now.ToUnixTimeMilliseconds(),
        SecurityStamp = ids.NewId(),
        ConcurrencyStamp = ids.NewId(),
    };

    /// <summary>Gives exactly these roles; a role that does not exist is left out.</summary>
    public void GiveRoles(IEnumerable<string> roles)
    {
        var wanted = roles.ToHashSet(StringComparer.Ordinal);
        Roles = string.Join(' ', AllRoles.Where(wanted.Contains));
    }

    /// <summary>The text of a GUID of an id's random bits, and not the account's address or number: it says nothing about anybody.</summary>
    static string NewSubject(IIdSource ids) => new Guid(Base64Url.DecodeFromChars(ids.NewId()).AsSpan()[^16..]).ToString();
}

/// <summary>What is accepted as an address.</summary>
public static class EmailAddress
{
    const int LengthMax = 254;

    /// <summary>The address without what surrounds it, or null when no mail could reach it.</summary>
    public static string? Read(string? text)
    {
        var trimmed = text?.Trim() ?? "";
        if (trimmed.Length is 0 or > LengthMax || trimmed.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter) || "<>,;\"".Contains(letter))) return null;
        return trimmed.Split('@') is [{ Length: > 0 and <= 64 }, { Length: > 2 } domain]
            && domain.Contains('.') && !domain.StartsWith('.') && !domain.EndsWith('.') && !domain.Contains("..", StringComparison.Ordinal) ? trimmed : null;
    }
}
