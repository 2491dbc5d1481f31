namespace Souk.Login.Pages;

/// <summary>The end.</summary>
public sealed class SignedOutModel : AccountPage;
