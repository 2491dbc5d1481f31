using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Souk.Platform.Data;
using Souk.Platform.Events;
using Souk.Platform.Hosting;
using Souk.Platform.Security;

namespace Souk.Platform.Tests;

/// <summary>The smallest service that uses all of the platform: notes that are put, published and copied.</summary>
static class NoteService
{
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("notes", setup);
        service.AddJson(NoteJson.Default);
        service.AddDatabase();
        service.Publishes("NotePut", NoteJson.Default.Note, readers: "copies");
        var app = service.Build();
        app.MapPut("/api/notes/{id}", PutAsync).AllowPublic();
        app.MapGet("/internal/secret", () => "for staff").AllowCallers("souk");
        app.MapGet("/api/notes/bug", (HttpContext _) => Throw()).AllowPublic();
        return app;
    }

    public static async Task PutAsync(Database database, string id, Note note) => await database.WriteAsync(async tx =>
    {
        var version = await tx.LongAsync($"""
            INSERT INTO note (id, text, version) VALUES ({id}, {note.Text}, 1)
            ON CONFLICT (id) DO UPDATE SET text = excluded.text, version = note.version + 1 RETURNING version
            """);
        tx.Publish("NotePut", id, version, note, NoteJson.Default.Note);
    });

    static string Throw() => throw new InvalidOperationException("secret detail");
}

/// <summary>A service that keeps a copy of the notes, from their feed.</summary>
static class CopyService
{
    public static WebApplication Build(ServiceSetup setup)
    {
        var service = Service.Create("copies", setup);
        service.AddDatabase();
        service.Consumes("notes", feed => feed.On("NotePut", NoteJson.Default.Note, CopyAsync));
        return service.Build();
    }

    public static Task<List<(string Id, string Text, long Version)>> AllAsync(this Database database) =>
        database.ReadAsync(session => session.QueryAsync(
            $"SELECT id, text, version FROM note ORDER BY id", row => (row.Text(0), row.Text(1), row.Long(2))));

    static async Task CopyAsync(Transaction tx, Event<Note> e)
    {
        if (e.Data.Text == "poison") throw new InvalidOperationException("The note cannot be copied.");
        // Counts up by itself: an effect that happened twice would show.
        await tx.ExecuteAsync($"""
            INSERT INTO note (id, text, version) VALUES ({e.Subject}, {e.Data.Text}, 1)
            ON CONFLICT (id) DO UPDATE SET text = excluded.text, version = note.version + 1
            """);
    }
}

sealed record Note(string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Note))]
sealed partial class NoteJson : JsonSerializerContext;
