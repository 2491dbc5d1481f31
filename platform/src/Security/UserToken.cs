namespace Souk.Platform.Security;

/// <summary>
/// The user's token that belongs to the work at hand. Calls whose client is declared with
/// <see cref="Calls.CallOptions.PassUser"/> carry it on; no others do.
/// </summary>
public static class UserToken
{
    static readonly AsyncLocal<string?> Ambient = new();

    /// <summary>
    /// The token; null for a guest. A service's own is set from its request; the pages set it from their session, for all
    /// that the caller does from there on, in this flow.
    /// </summary>
    public static string? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }
}
