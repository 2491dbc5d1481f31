using OpenIddict.Abstractions;
using OpenIddict.Server;
using Souk.Login.Sessions;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Souk.Login.Connect;

/// <summary>
/// A code or refresh token that comes a second time was copied, and nobody knows which of the two is the owner: the whole
/// session ends, for every service. (OpenIddict itself would only stop it from being renewed.)
/// </summary>
sealed class Theft(IOpenIddictTokenManager tokens, Endings endings) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<Theft>()
        .SetOrder(OpenIddictServerHandlers.Protection.ValidateTokenEntry.Descriptor.Order - 1)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal?.GetTokenType() is not (TokenTypeIdentifiers.RefreshToken or TokenTypeIdentifiers.Private.AuthorizationCode)) return;
        if (context.Principal.GetTokenId() is not { } id || await tokens.FindByIdAsync(id, context.CancellationToken) is not { } token) return;
        if (!await tokens.HasStatusAsync(token, Statuses.Redeemed, context.CancellationToken)) return;
        if (context.Principal.GetAuthorizationId() is { } sid && context.Principal.GetClaim(Claims.Subject) is { } subject)
        {
            await endings.StolenAsync(subject, sid, context.CancellationToken);
        }
    }
}

/// <summary>A client that gives a refresh token back ends its session.</summary>
sealed class GivenBack(Endings endings) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleRevocationRequestContext>()
        .UseScopedHandler<GivenBack>()
        .SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order + 1)
        .SetType(OpenIddictServerHandlerType.Custom)
        .Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal?.GetAuthorizationId() is { } sid && context.GenericTokenPrincipal.GetClaim(Claims.Subject) is { } subject)
        {
            await endings.OneAsync(subject, sid, context.CancellationToken);
        }
    }
}
