using Microsoft.AspNetCore.Mvc;

namespace Souk.BackOffice.Pages;

/// <summary>
/// Takes a CSV and says what became of it. The same file again changes nothing, so the answer to the form is the report
/// itself, and a reload is harmless.
/// </summary>
[RequestSizeLimit(FileBytesMax)]
[RequestFormLimits(MultipartBodyLengthLimit = FileBytesMax)]
public sealed class ImportModel(ICatalog catalog, Parts parts) : StaffPage
{
    /// <summary>As much as the gateway lets in.</summary>
    const long FileBytesMax = 10 * 1024 * 1024;

    public ImportReport? Report { get; private set; }

    public async Task OnPostSendAsync(IFormFile? file)
    {
        if (file is not { Length: > 0 })
        {
            Refuse("form.file");
            return;
        }
        await using var csv = file.OpenReadStream();
        var part = await parts.FetchAsync("import", Budgets.Import, stop => catalog.ImportAsync(csv, said => Report = said, stop));
        if (!part.IsOk && Report is not null) SayUnavailable();
        else IsDone(part, out _);
    }
}
