namespace Souk.Login;

/// <summary>What Login is told from outside.</summary>
public sealed record LoginSettings
{
    /// <summary>OWASP's least for PBKDF2 with SHA-512; a store may ask for more, never for less.</summary>
    public const int HashRoundsMin = 220_000;

    /// <summary>How long an access token is good. All services know it: it bounds how long a revocation matters.</summary>
    public static readonly TimeSpan AccessTokenLifetime = TimeSpan.FromHours(1);

    /// <summary>Clocks of two machines may differ by so much.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(1);

    /// <summary>How long a new signing key is published before it signs, so that every service knows it.</summary>
    public static readonly TimeSpan KeyLead = TimeSpan.FromMinutes(2);

    /// <summary>The store as its shoppers see it, which is the issuer, with a slash at the end. <c>Souk:PublicUrl</c>, else <c>Souk:StoreUrl</c>.</summary>
    public required Uri PublicUrl { get; init; }

    /// <summary>Where the secrets of the pages' clients are. <c>Souk:Keys</c>.</summary>
    public required string Keys { get; init; }

    /// <summary>Rounds of a password's hash. <c>Login:HashRounds</c>, default and least <see cref="HashRoundsMin"/>.</summary>
    public int HashRounds { get; init; } = HashRoundsMin;

    /// <summary>A session ends when it was not used for so long. <c>Login:SessionLifetime</c>, default 30 days.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A key signs for so long. <c>Login:KeyLifetime</c>, default 30 days.</summary>
    public TimeSpan KeyLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Apps of partners, by their client ids: <c>Login:Clients:{id}</c>. They are public clients: code with PKCE, no secret.</summary>
    public IReadOnlyDictionary<string, PublicClient> Clients { get; init; } = new Dictionary<string, PublicClient>();

    /// <exception cref="InvalidOperationException">A setting would weaken the store.</exception>
    public static LoginSettings From(IConfiguration configuration)
    {
        var publicUrl = (configuration["Souk:PublicUrl"] ?? configuration["Souk:StoreUrl"] ?? "http://localhost:8080").TrimEnd('/') + "/";
        var section = configuration.GetSection("Login");
        var settings = new LoginSettings
        {
            PublicUrl = Uri.TryCreate(publicUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri : throw new InvalidOperationException($"Souk:PublicUrl is no address: '{publicUrl}'."),
            Keys = configuration["Souk:Keys"] ?? Path.Combine(AppContext.BaseDirectory, "keys"),
            HashRounds = section.GetValue("HashRounds", HashRoundsMin),
            SessionLifetime = section.GetValue("SessionLifetime", TimeSpan.FromDays(30)),
            KeyLifetime = section.GetValue("KeyLifetime", TimeSpan.FromDays(30)),
            Clients = section.GetSection("Clients").Get<Dictionary<string, PublicClient>>() ?? [],
        };
        return settings.HashRounds >= HashRoundsMin
            ? settings
            : throw new InvalidOperationException($"Login:HashRounds is {settings.HashRounds}; passwords are hashed with {HashRoundsMin} rounds or more.");
    }
}

/// <summary>An app that signs shoppers in and can keep no secret.</summary>
public sealed record PublicClient
{
    /// <summary>Shown to the shopper among the sessions. Default: the client id.</summary>
    public string? Name { get; init; }

    /// <summary>Where a code may be sent.</summary>
    public List<string> RedirectUris { get; init; } = [];

    /// <summary>Where a shopper may be sent after signing out.</summary>
    public List<string> PostLogoutUris { get; init; } = [];
}
