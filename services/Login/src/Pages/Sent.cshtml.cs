namespace Souk.Login.Pages;

/// <summary>What is said after registering and after a forgotten password, whatever there was to send.</summary>
public sealed class SentModel : AccountPage;
