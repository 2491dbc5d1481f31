using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using QRCoder;
using Souk.Login.Accounts;

namespace Souk.Login.Pages;

/// <summary>
/// Passkeys, the authenticator app, the recovery codes. Each change is told to the owner by mail. Before one is made or taken
/// away the sign-in must be fresh: a browser that was left open does not lend its account to the next who sits down.
/// </summary>
public sealed class SecurityModel(
    UserManager<Account> accounts, SignInManager<Account> identity, SignIns signIns, Credentials credentials, Throttle throttle, TimeProvider clock)
    : SignedInPage(accounts)
{
    const int RecoveryCodesCount = 10;
    const int PasskeysMax = 20;

    static readonly TimeSpan Fresh = TimeSpan.FromMinutes(15);

    [BindProperty(SupportsGet = true)]
    public bool Staff { get; set; }

    /// <summary>What a passkey answered, as JSON.</summary>
    [BindProperty]
    public string? Credential { get; set; }

    [BindProperty]
    public string? Code { get; set; }

    [BindProperty]
    public string? Id { get; set; }

    public IReadOnlyList<UserPasskeyInfo> Passkeys { get; private set; } = [];

    public IReadOnlyList<string> RecoveryCodes { get; private set; } = [];

    public int CodesLeft { get; private set; }

    /// <summary>The key that an app is to be told, in groups of four.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The same as a picture: SVG, made here.</summary>
    public string Picture { get; private set; } = "";

    bool IsFresh => clock.GetUtcNow() - Browser!.SignedInAt < Fresh;

    public async Task<IActionResult> OnGetAsync()
    {
        if (!IsFresh) return SignInAnew();
        await ShowAsync();
        return Page();
    }

    /// <summary>What a new passkey is to be made for.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() => !IsFresh
        ? StatusCode(StatusCodes.Status403Forbidden)
        : new ContentResult
        {
            ContentType = "application/json",
            Content = await identity.MakePasskeyCreationOptionsAsync(new PasskeyUserEntity { Id = Account.Id, Name = Account.Email!, DisplayName = Account.Email! }),
        };

    public async Task<IActionResult> OnPostPasskeyAsync()
    {
        if (!IsFresh) return SignInAnew();
        await ShowAsync();
        if (Passkeys.Count >= PasskeysMax) return Again($"You have {PasskeysMax} passkeys. Remove one first.");
        if (Credential is not { Length: > 0 and <= 50_000 }) return Again("Your passkey did not answer. Please try again.");
        PasskeyAttestationResult attestation;
        try
        {
            attestation = await identity.PerformPasskeyAttestationAsync(Credential);
        }
        catch (InvalidOperationException)
        {
            // Nothing was asked of a passkey here, or the question was answered already: Identity says so by throwing.
            attestation = PasskeyAttestationResult.Fail(new PasskeyException("No passkey is being made."));
        }
        if (!attestation.Succeeded) return Again("That passkey could not be kept. Please try again.");
        attestation.Passkey.Name = Browser!.Agent;
        await credentials.ChangeAsync(Account, () => Accounts.AddOrUpdatePasskeyAsync(Account, attestation.Passkey), HttpContext.RequestAborted);
        return SafeReturn is { } back ? SeeOther(back) : SeeOther("/account/security?said=passkey");
    }

    public async Task<IActionResult> OnPostRemovePasskeyAsync()
    {
        if (!IsFresh) return SignInAnew();
        await credentials.ChangeAsync(Account, () => Accounts.RemovePasskeyAsync(Account, WebEncoders.Base64UrlDecode(Id ?? "")), HttpContext.RequestAborted);
        return SeeOther("/account/security?said=passkey-gone");
    }

    public async Task<IActionResult> OnPostAddAuthenticatorAsync()
    {
        if (!IsFresh) return SignInAnew();
        await ShowAsync();
        if (Account.TwoFactorEnabled) return SeeOther("/account/security");
        var budget = Throttle.OfSecondFactor(Account.Id);
        if (await throttle.TakeAsync([budget], HttpContext.RequestAborted) is { } wait) return TooMany(wait);
        if (!await Accounts.VerifyTwoFactorTokenAsync(Account, TokenOptions.DefaultAuthenticatorProvider, (Code ?? "").Replace(" ", "", StringComparison.Ordinal)))
        {
            return Again("That is not the code that the app shows for this key. Look at its clock, and try again.");
        }
        await throttle.GiveBackAsync([budget], HttpContext.RequestAborted);
        await credentials.ChangeAsync(Account, () => Accounts.SetTwoFactorEnabledAsync(Account, true), HttpContext.RequestAborted);
        // The code was proved just now: this sign-in has its second factor.
        await signIns.FinishAsync(HttpContext, Account, ["pwd", "otp", "mfa"]);
        return await ShowNewCodesAsync();
    }

    public async Task<IActionResult> OnPostRemoveAuthenticatorAsync()
    {
        if (!IsFresh) return SignInAnew();
        if (Account.IsStaff) return SeeOther("/account/security");
        await credentials.ChangeAsync(Account, async () =>
        {
            await Accounts.ResetAuthenticatorKeyAsync(Account);
            return await Accounts.SetTwoFactorEnabledAsync(Account, false);
        }, HttpContext.RequestAborted);
        return SeeOther("/account/security?said=authenticator-gone");
    }

    public Task<IActionResult> OnPostNewCodesAsync() => IsFresh && Account.TwoFactorEnabled ? ShowNewCodesAsync() : Task.FromResult<IActionResult>(SignInAnew());

    async Task<IActionResult> ShowNewCodesAsync()
    {
        RecoveryCodes = [.. await Accounts.GenerateNewTwoFactorRecoveryCodesAsync(Account, RecoveryCodesCount) ?? []];
        await ShowAsync();
        return Page();
    }

    RedirectResult SignInAnew() => SeeOther(
        "/account/signin?returnUrl=" + Uri.EscapeDataString("/account/security" + (SafeReturn is { } back ? "?returnUrl=" + Uri.EscapeDataString(back) : "")));

    async Task ShowAsync()
    {
        Passkeys = [.. await Accounts.GetPasskeysAsync(Account)];
        if (Account.TwoFactorEnabled)
        {
            CodesLeft = await Accounts.CountRecoveryCodesAsync(Account);
            return;
        }
        var key = await Accounts.GetAuthenticatorKeyAsync(Account);
        if (key is null)
        {
            await Accounts.ResetAuthenticatorKeyAsync(Account);
            key = await Accounts.GetAuthenticatorKeyAsync(Account);
        }
        Key = InGroups(key!);
        var uri = $"otpauth://totp/{Uri.EscapeDataString("Souk:" + Account.Email)}?secret={key}&issuer=Souk&digits=6";
        using var code = QRCodeGenerator.GenerateQrCode(uri, QRCodeGenerator.ECCLevel.M);
        using var picture = new SvgQRCode(code);
        Picture = picture.GetGraphic(4, "#2b1b30", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute);
    }

    static string InGroups(string key)
    {
        var text = new StringBuilder();
        for (var i = 0; i < key.Length; i += 4) text.Append(key.AsSpan(i, Math.Min(4, key.Length - i))).Append(' ');
        return text.ToString().TrimEnd();
    }
}
