using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Souk.Platform.Data;

namespace Souk.Platform.Tests;

static class TestServiceExtensions
{
    public static Database Database(this TestService service) => service.App.Services.GetRequiredService<Database>();

    public static string ConnectionString(this TestService service) =>
        service.App.Configuration.GetConnectionString("Database")!;
}
