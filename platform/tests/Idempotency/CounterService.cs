using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Souk.Platform.Data;
using Souk.Platform.Hosting;
using Souk.Platform.Idempotency;
using Souk.Platform.Security;

namespace Souk.Platform.Tests.Idempotency;

/// <summary>A service that counts its POSTs; what goes wrong on the way is the test's own.</summary>
static class CounterService
{
    public const string Address = "/api/counter/";

    /// <summary>How it is built, with what its one endpoint does.</summary>
    public static Func<ServiceSetup, WebApplication> With(Func<HttpContext, Database, Task<IResult>> handle) => setup =>
    {
        var service = Service.Create("counter", setup);
        service.AddDatabase();
        var app = service.Build();
        app.MapPost("/api/counter", handle).Idempotent(scope: "owner").AllowPublic();
        return app;
    };

    /// <summary>Counts under a request's key, once.</summary>
    /// <returns>Where the count is: its address.</returns>
    public static async Task<string> CountAsync(Database database, Once once) => once.Location ?? await database.WriteAsync(async tx =>
    {
        var count = await tx.LongAsync($"""
            INSERT INTO note (id, text, version) VALUES ('count', '', 1)
            ON CONFLICT (id) DO UPDATE SET version = note.version + 1 RETURNING version
            """);
        await once.TakeAsync(tx, Address + count);
        return Address + count;
    });

    public static IResult Answer(string at) =>
        Results.Text($$"""{"count":{{at[Address.Length..]}}}""", "application/json", statusCode: 201);
}
