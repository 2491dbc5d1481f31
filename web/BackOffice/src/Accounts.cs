namespace Souk.BackOffice;

/// <summary>What the back office asks of Login.</summary>
public interface IAccounts
{
    /// <summary>Accounts by the beginning of their address, at most fifty.</summary>
    Task<Answer<AccountList>> SearchAsync(string? query, CancellationToken cancellation);

    Task<Answer<Account>> AccountAsync(string subject, CancellationToken cancellation);

    /// <summary>Whether nobody may sign in with it; said twice it is the same.</summary>
    Task<Answer<Account>> DisableAsync(string subject, bool disabled, CancellationToken cancellation);
}

public sealed record AccountList(IReadOnlyList<Account> Items);

public sealed record Account(
    string Subject, string Email, bool IsConfirmed, bool IsDisabled, bool HasSecondFactor, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt);

public sealed record Disabling(bool Disabled);

/// <summary>Asks Login over HTTP.</summary>
sealed class AccountsClient(HttpClient http) : IAccounts
{
    const string Accounts = "/api/login/accounts";

    public Task<Answer<AccountList>> SearchAsync(string? query, CancellationToken cancellation) =>
        Wire.GetAsync(http, Wire.Query(Accounts, ("query", query)), Wire.Default.AccountList, cancellation);

    public Task<Answer<Account>> AccountAsync(string subject, CancellationToken cancellation) =>
        Wire.GetAsync(http, At(subject), Wire.Default.Account, cancellation);

    public Task<Answer<Account>> DisableAsync(string subject, bool disabled, CancellationToken cancellation) => Wire.SendAsync(
        http, HttpMethod.Put, At(subject) + "/disabled", JsonContent.Create(new Disabling(disabled), Wire.Default.Disabling), Wire.Default.Account, cancellation);

    static string At(string subject) => Accounts + "/" + Uri.EscapeDataString(subject);
}
