using System.Security.Cryptography;
using System.Text;

namespace Souk.Inventory;

/// <summary>Makes a repeated POST the same POST. Keys are each caller's own; a key belongs to one request.</summary>
/// <param name="Caller">Who asks: a service, or <c>user</c> and the subject of a token.</param>
/// <param name="Key">What it chose.</param>
/// <param name="Request">A digest of what it asked for.</param>
readonly record struct IdempotencyKey(string Caller, string Key, string Request)
{
    /// <summary>Who is named in the audit: whoever of staff asked, or the service that did by itself.</summary>
    public static string By(HttpContext context) => context.StoreUser()?.Subject ?? context.Caller()!;

    const string Header = "Idempotency-Key";
    const int LengthMax = 200;

    /// <summary>Reads the header; false when it is missing, doubled or too long.</summary>
    public static bool TryRead(HttpContext context, string request, out IdempotencyKey key)
    {
        key = default;
        if (context.Request.Headers[Header] is not [{ Length: > 0 and <= LengthMax } text]) return false;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)));
        var caller = context.StoreUser() is { } user ? "user " + user.Subject : context.Caller()!;
        key = new IdempotencyKey(caller, text, digest);
        return true;
    }
}
