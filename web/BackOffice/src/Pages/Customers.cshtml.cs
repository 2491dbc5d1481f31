namespace Souk.BackOffice.Pages;

/// <summary>Accounts, by the beginning of their address; nobody's until something is asked for.</summary>
public sealed class CustomersModel(IAccounts accounts) : StaffPage
{
    public string? Query { get; private set; }

    public Part<Answer<AccountList>>? Accounts { get; private set; }

    public async Task OnGetAsync(string? query)
    {
        Query = query?.Trim();
        if (string.IsNullOrEmpty(Query)) return;
        var part = await AskAsync("accounts", stop => accounts.SearchAsync(Query, stop));
        Accounts = part;
        if (!part.Has(out var answer)) SayUnavailable();
        else if (answer.Refusal is { } refusal) Refuse(refusal.Code, refusal.Status);
    }
}
