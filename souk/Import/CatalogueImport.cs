using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Souk.Launcher.Identity;
using Souk.Launcher.Processes;

namespace Souk.Launcher.Import;

/// <summary>Sends a catalogue to Catalog: the pictures first, then the rows in one stream. Sent twice, it changes nothing.</summary>
sealed class CatalogueImport(DataFolder data, LauncherIdentity identity)
{
    const string Catalog = "catalog";

    /// <summary>Progress goes from 0 to 1; Catalog takes rows as it stores them, so what is sent is what is done.</summary>
    public async Task<ImportSummary> RunAsync(CatalogueFile file, IProgress<double> progress, CancellationToken stop)
    {
        var address = EndpointFile.AddressOf(Catalog, data.Endpoints)
            ?? throw new Trouble("Catalog is not running.", "Start the store with `dotnet run --project souk`, or see `souk status`.");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            await SendPicturesAsync(http, file, stop);
            return await SendRowsAsync(http, file, progress, stop);
        }
        catch (Exception error) when (error is HttpRequestException or HttpIOException)
        {
            throw new Trouble($"The connection to Catalog broke: {error.Message.TrimEnd('.')}.", "Run the import again: what is in already stays as it is.");
        }
    }

    async Task SendPicturesAsync(HttpClient http, CatalogueFile file, CancellationToken stop)
    {
        foreach (var picture in file.Pictures)
        {
            await using var bytes = File.OpenRead(picture.File);
            using var request = Request(HttpMethod.Put, $"/internal/images/{Uri.EscapeDataString(picture.Name)}", new StreamContent(bytes), "application/octet-stream");
            using var answer = await http.SendAsync(request, stop);
            if (!answer.IsSuccessStatusCode)
                throw await RefusedAsync(answer, $"Catalog refused the picture {picture.Named}", stop);
        }
    }

    async Task<ImportSummary> SendRowsAsync(HttpClient http, CatalogueFile file, IProgress<double> progress, CancellationToken stop)
    {
        await using var rows = new CountingStream(File.OpenRead(file.Path), sent => progress.Report((double)sent / Math.Max(1, file.Bytes)));
        using var request = Request(HttpMethod.Post, "/internal/imports", new StreamContent(rows), "text/csv");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        if (!answer.IsSuccessStatusCode)
            throw await RefusedAsync(answer, "Catalog refused the import", stop);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
        while (await lines.ReadLineAsync(stop) is { } line)
            if (line.Length > 0 && JsonNode.Parse(line) is JsonObject told && told["done"]?.GetValue<bool>() == true)
                return told.Deserialize(ImportJson.Default.ImportSummary)! with { Pictures = file.Pictures.Count, MissingPictures = file.MissingPictures };
        throw new Trouble("Catalog ended the import before its last row.", "Run the import again, and see .souk/logs/catalog-1.log if it ends there once more.");
    }

    HttpRequestMessage Request(HttpMethod method, string path, HttpContent body, string type)
    {
        body.Headers.ContentType = new MediaTypeHeaderValue(type);
        var request = new HttpRequestMessage(method, path) { Content = body };
        request.Headers.Add(LauncherIdentity.Header, identity.TokenFor(Catalog));
        return request;
    }

    static async Task<Trouble> RefusedAsync(HttpResponseMessage answer, string what, CancellationToken stop)
    {
        var text = await answer.Content.ReadAsStringAsync(stop);
        try
        {
            var problem = JsonNode.Parse(text);
            text = $"{problem?["detail"] ?? problem?["title"]} ({problem?["code"]})";
        }
        catch (JsonException)
        {
            text = answer.ReasonPhrase ?? "";
        }
        return new Trouble($"{what}: {(int)answer.StatusCode} {text}.", "Mend the file if the reason lies there; else see the log of Catalog in the data folder.");
    }
}
