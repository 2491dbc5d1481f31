using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;
using Souk.Platform.Events;
using Souk.Platform.Hosting;

namespace Souk.Platform.Tests.Security;

/// <summary>What is believed without asking again comes from whom it says.</summary>
public sealed class AnswerProofTests : IDisposable
{
    readonly string _keys = Directory.CreateTempSubdirectory("souk-keys-").FullName;
    readonly string _others = Directory.CreateTempSubdirectory("souk-keys-").FullName;

    public void Dispose()
    {
        foreach (var folder in (string[])[_keys, _others]) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_forged_event_of_whoever_listens_at_the_producers_address_is_refused()
    {
        await using var notes = await NotesAsync(_keys, "the note");
        await using var copies = await TestService.StartAsync(CopyService.Build, Engine.Sqlite, Setup(_keys, notes.Address));
        await StepAsync(copies);
        Assert.Equal([("a", "the note", 1)], await copies.Database().AllAsync());

        // It knows who calls and has a key of its own under the producer's name: all but the producer's key.
        File.Copy(Path.Combine(_keys, "copies.pub"), Path.Combine(_others, "copies.pub"));
        await using var impostor = await NotesAsync(_others, "forged");
        await using var deceived = await TestService.StartAsync(CopyService.Build, Engine.Sqlite, Setup(_keys, impostor.Address));
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => StepAsync(deceived));
        Assert.Contains("does not prove to be 'notes'", error.Message, StringComparison.Ordinal);
        Assert.Empty(await deceived.Database().AllAsync());
    }

    static Task<bool> StepAsync(TestService copies) => copies.App.Services.GetServices<FeedPump>().Single().StepAsync(CancellationToken.None);

    static async Task<TestService> NotesAsync(string keys, string text)
    {
        var notes = await TestService.StartAsync(NoteService.Build, Engine.Sqlite, Setup(keys, null));
        (await notes.Http.PutAsJsonAsync("/api/notes/a", new Note(text))).EnsureSuccessStatusCode();
        return notes;
    }

    static ServiceSetup Setup(string keys, Uri? notes) => new()
    {
        RunPumps = false,
        Configuration = new Dictionary<string, string?> { ["Souk:Keys"] = keys, ["Services:notes:http:0"] = notes?.ToString().TrimEnd('/') },
    };
}
