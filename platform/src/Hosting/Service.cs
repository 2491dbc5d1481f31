using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.OpenApi;
using Souk.Platform.Calls;
using Souk.Platform.Data;
using Souk.Platform.Events;
using Souk.Platform.Idempotency;
using Souk.Platform.Sagas;
using Souk.Platform.Security;
using Souk.Platform.Telemetry;

namespace Souk.Platform.Hosting;

/// <summary>
/// The one way to build a service. It starts with health, drain, problem+json, deadlines, load shedding, identity,
/// telemetry and its published contract in place; what it owns and calls is said in a few lines.
/// </summary>
/// <example><code>
/// var service = Service.Create("cart", setup);
/// service.AddJson(CartJson.Default);
/// service.AddDatabase();
/// service.Consumes("catalog", feed => feed.On("ProductPut", CartJson.Default.ProductPut, CartStore.PutProductAsync));
/// var app = service.Build();
/// CreateCart.Map(app);
/// </code></example>
public sealed class Service
{
    readonly ServiceSetup _setup;
    readonly ServiceAbout _about;
    readonly Assembly _assembly;
    readonly List<string> _readers = [];
    readonly SortedDictionary<string, JsonTypeInfo> _published = new(StringComparer.Ordinal);
    readonly List<Subscription> _subscriptions = [];
    readonly HashSet<string> _callees = new(StringComparer.Ordinal);
    bool _hasDatabase;
    bool _hasUsers;
    bool _judgesUsers;

    Service(string name, ServiceSetup setup, WebApplicationBuilder builder, Assembly assembly)
    {
        Name = name;
        _setup = setup;
        _assembly = assembly;
        Builder = builder;
        var version = builder.Configuration["Souk:Version"]
            ?? assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
        _about = new ServiceAbout(
            name, builder.Configuration["Souk:Instance"] ?? name + "-1", version, setup.Clock.GetUtcNow());
    }

    /// <summary>The service's name: its address, its identity, the source of its events.</summary>
    public string Name { get; }

    /// <summary>ASP.NET Core's builder, for what this class has no word for.</summary>
    public WebApplicationBuilder Builder { get; }

    /// <summary>The service's own parts.</summary>
    public IServiceCollection Services => Builder.Services;

    /// <summary>Settings: environment, command line, and the setup's own above them.</summary>
    public IConfiguration Configuration => Builder.Configuration;

    /// <summary>Starts building.</summary>
    /// <param name="name">Lower case, one word: <c>cart</c>.</param>
    /// <param name="setup">What is handed in from outside.</param>
    public static Service Create(string name, ServiceSetup setup)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = setup.Args,
            ApplicationName = name,
            // Files beside the program, wherever it was started from.
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Configuration.AddInMemoryCollection(setup.Configuration);
        if (builder.Configuration["Souk:Endpoints"] is { Length: > 0 } endpoints)
        {
            // The launcher replaces the file whenever a replica comes or goes.
            builder.Configuration.AddJsonFile(Path.GetFullPath(endpoints), optional: true, reloadOnChange: true);
        }

        // Compiled ahead of time nobody knows who called, but then a process is one service.
        var assembly = RuntimeFeature.IsDynamicCodeSupported ? Assembly.GetCallingAssembly() : Assembly.GetEntryAssembly()!;
        var service = new Service(name, setup, builder, assembly);
        service.AddStandards();
        return service;
    }

    /// <summary>How the service reads and writes JSON; camelCase, from source-generated contracts.</summary>
    /// <param name="context">The service's <see cref="JsonSerializerContext"/>.</param>
    public Service AddJson(JsonSerializerContext context)
    {
        Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, context));
        return this;
    }

    /// <summary>
    /// Gives the service its database, from <c>ConnectionStrings:Database</c>, brought to this release's schema at
    /// start from the assembly's <c>schema/*.sql</c>; and its feed, once it publishes.
    /// </summary>
    /// <param name="schema">Another assembly that has the schema. Default: the service's own.</param>
    /// <exception cref="InvalidOperationException">There is no connection string.</exception>
    public Service AddDatabase(Assembly? schema = null)
    {
        var connection = Configuration.GetConnectionString("Database") ?? throw new InvalidOperationException(
            $"The service '{Name}' needs ConnectionStrings__Database: 'Data Source=FILE' or 'Host=…'.");
        _hasDatabase = true;
        Services.AddSingleton(_ => Database.Open(connection, _setup.Clock, _setup.Watch));
        Services.AddHostedService(provider =>
            new MigrationService(provider.GetRequiredService<Database>(), Name, schema ?? _assembly, _setup.Clock));
        AddPump(provider => new ForgetAnswers(provider.GetRequiredService<Database>(), _setup.Clock));
        return this;
    }

    /// <summary>
    /// Lets the service know users by their tokens, as Login vouches for them: on the routes that are public, for customers,
    /// for staff or for a passed-on user. What Login said last is kept in <c>Souk:Trust</c> (default
    /// <c>trust/{service}.json</c> among the keys). With <c>Souk:Users</c> false Login is not asked, and no token accepted.
    /// </summary>
    public Service AddUsers()
    {
        _hasUsers = true;
        Services.AddSingleton(new UserTokens(_setup.Clock));
        Services.AddSingleton(provider => new UserSessions(provider.GetRequiredService<UserTokens>()));
        if (!Configuration.GetValue("Souk:Users", true)) return this;

        var path = Configuration["Souk:Trust"] ?? Path.Combine(KeysFolder, "trust", Name + ".json");
        Services.AddSingleton(provider =>
            new TrustFile(path, _about.Instance, provider.GetRequiredService<ILogger<TrustFile>>()));
        AddCalls(TrustPump.Client, "login", FeedCalls());
        Services.AddSingleton(provider => new TrustPump(
            provider.GetRequiredService<UserTokens>(), provider.GetRequiredService<TrustFile>(),
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(TrustPump.Client),
            _setup.Clock, provider.GetRequiredService<ILogger<TrustPump>>()));
        return AddPump(provider => provider.GetRequiredService<TrustPump>());
    }

    /// <summary>
    /// The service is the one that issues tokens: it judges users by what it has itself, and its routes say beside that which
    /// user they are for (<see cref="UserPolicy"/>).
    /// </summary>
    public Service JudgesUsers()
    {
        _judgesUsers = true;
        return this;
    }

    /// <summary>Adds a saga: its runs go on by themselves, and at start every state that is kept must still be known.</summary>
    /// <param name="plan">Makes the plan from the service's parts.</param>
    /// <param name="load">Reads what a saga is about, by its id.</param>
    public Service AddSaga<T>(Func<IServiceProvider, SagaPlan<T>> plan, Func<Session, string, Task<T?>> load) where T : class
    {
        Services.AddSingleton(provider => new Saga<T>(
            plan(provider), load, provider.GetRequiredService<Database>(), _setup.Clock, _setup.Ids, _about.Instance,
            provider.GetRequiredService<ILogger<Saga<T>>>(), provider.GetRequiredService<Drain>().Started));
        Services.AddHostedService(provider => new SagaCheck<T>(provider.GetRequiredService<Saga<T>>()));
        Services.AddSingleton(provider => new SagaPump<T>(provider.GetRequiredService<Saga<T>>()));
        return AddPump(provider => provider.GetRequiredService<SagaPump<T>>());
    }

    /// <summary>Declares an event that the service publishes, and who may read the feed it stands in.</summary>
    /// <param name="type">A past fact: <c>ProductPut</c>.</param>
    /// <param name="json">Its data.</param>
    /// <param name="readers">Services that may read the feed.</param>
    public Service Publishes(string type, JsonTypeInfo json, params string[] readers)
    {
        _published.Add(type, json);
        _readers.AddRange(readers.Where(reader => !_readers.Contains(reader)));
        return this;
    }

    /// <summary>Reads another service's feed; each effect happens exactly once.</summary>
    /// <param name="producer">The service that publishes.</param>
    /// <param name="subscribe">Names the types and their effects.</param>
    public Service Consumes(string producer, Action<Subscription> subscribe)
    {
        var subscription = new Subscription(producer);
        subscribe(subscription);
        _subscriptions.Add(subscription);
        AddCalls(producer + FeedSuffix, producer, FeedCalls());
        Services.AddSingleton(provider => new FeedPump(
            subscription,
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(producer + FeedSuffix),
            _setup.Clock, _about.Instance,
            provider.GetRequiredService<ILogger<FeedPump>>()));
        AddPump(provider => provider.GetServices<FeedPump>().First(pump => pump.Name == "feed of " + producer));
        return this;
    }

    /// <summary>Adds a background loop.</summary>
    /// <param name="create">Makes the pump from the service's parts.</param>
    public Service AddPump(Func<IServiceProvider, IPump> create)
    {
        Services.AddSingleton<IPump>(create);
        if (_setup.RunPumps)
        {
            Services.AddSingleton<IHostedService>(provider => new PumpService(
                create(provider), _setup.Clock, provider.GetRequiredService<ILogger<PumpService>>()));
        }
        return this;
    }

    /// <summary>Adds a typed client for another service: identity, deadline, retries, breaker and discovery included.</summary>
    /// <param name="callee">The service to call; addresses in <c>Services:{callee}:http</c>.</param>
    /// <param name="create">Makes the client: a small class of the consumer's own, with only the calls it makes.</param>
    /// <param name="configure">Changes the defaults of <see cref="CallOptions"/>.</param>
    /// <param name="name">Tells two ways of calling one service apart. Default: the callee's name.</param>
    public Service Calls<TClient>(
        string callee, Func<HttpClient, TClient> create, Action<CallOptions>? configure = null, string? name = null)
        where TClient : class
    {
        var options = new CallOptions();
        configure?.Invoke(options);
        AddCalls(name ?? callee, callee, options);
        Services.AddSingleton(provider => create(provider.GetRequiredService<IHttpClientFactory>().CreateClient(name ?? callee)));
        return this;
    }

    /// <summary>Builds the application: map the use cases on it, then run it.</summary>
    public WebApplication Build()
    {
        var app = Builder.Build();
        app.Services.GetRequiredService<ServiceIdentity>().Load();

        Faults.UseFaults(app, Name);
        app.UseRouting();
        app.Services.GetRequiredService<Load>().Use(app);
        Deadline.Use(app, _setup.Clock, standard: null);
        app.UseCallers();
        if (_hasUsers)
        {
            if (app.Services.GetService<TrustFile>()?.Read() is { } known) app.Services.GetRequiredService<UserTokens>().Trust = new Trust(known);
            app.UseUsers();
        }
        if (_hasDatabase) app.UseIdempotency();

        Health.Map(app);
        Contracts.Map(app, Name, _published, _subscriptions);
        RouteTable.Map(app);
        if (_hasDatabase && _published.Count > 0) Feed.Map(app, Name, [.. _readers]);

        return app;
    }

    const string FeedSuffix = "-feed";

    /// <summary>A long poll, whose reader asks again by itself and believes what it is told.</summary>
    static CallOptions FeedCalls() => new() { AttemptTimeout = TimeSpan.FromSeconds(30), RetriesMax = 0, MustProve = true };

    string KeysFolder => Configuration["Souk:Keys"] ?? Path.Combine(AppContext.BaseDirectory, "keys");

    void AddCalls(string client, string callee, CallOptions options)
    {
        if (!_callees.Add(client)) throw new InvalidOperationException($"Calls to '{client}' are declared twice.");
        Client.Add(Services, client, callee, options, _setup);
    }

    void AddStandards()
    {
        var setup = _setup;
        Builder.AddTelemetry(_about);
        Builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = Microsoft.Extensions.Logging.Console.LoggerColorBehavior.Disabled;
        });
        Builder.Logging.SetMinimumLevel(LogLevel.Information);
        Builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        Builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        // It would open a scope for each request that no line of the log shows.
        Builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        Builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        Builder.Logging.AddFilter("Polly", LogLevel.Error);

        Services.AddSingleton(_about);
        Services.AddSingleton(setup.Clock);
        Services.AddSingleton(setup.Ids);
        if (setup.Server is { } server)
        {
            Services.AddSingleton<IServer>(server);
            // Whoever hands in a server ends the service, too: not this process's signals.
            Services.AddSingleton<IHostLifetime, NoLifetime>();
        }
        Builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        });

        Services.AddSingleton(new ServiceIdentity(Name, new ServiceKeys(KeysFolder), setup.Clock));
        Services.AddSingleton<IStartupFilter>(_ => new RouteGuard(_hasUsers || _judgesUsers));
        Services.AddSingleton<Drain>();
        Services.AddSingleton(new Load(Configuration.GetValue("Souk:InFlightMax", 512)));
        Services.AddServiceDiscovery();
        Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Limit);
        Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        Services.AddOpenApi("v1", api =>
        {
            api.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            api.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo { Title = "Souk " + Name, Version = "v1" };
                document.Servers = [];
                return Task.CompletedTask;
            });
        });
        if (Configuration.GetValue("Souk:StopWithStdin", false)) Services.AddHostedService<StdinWatch>();
        if (setup.RunPumps) Services.AddHostedService<Tidy>();
    }

    sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>
    /// Stops a start at which a route says nothing about its callers, or is for users that nobody knows: when the routes are
    /// made, which is done once, and before the first request.
    /// </summary>
    sealed class RouteGuard(bool hasUsers) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            CallersExtensions.RequireCallers(app.ApplicationServices.GetRequiredService<EndpointDataSource>(), hasUsers);
        };
    }

    /// <summary>
    /// Before a saga runs: its rows' states are known, and what this instance held when it ended is free. At the end the
    /// runs have given back what they hold.
    /// </summary>
    sealed class SagaCheck<T>(Saga<T> saga) : IHostedService where T : class
    {
        public Task StartAsync(CancellationToken cancellationToken) => saga.CheckStatesAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => saga.IdleAsync(cancellationToken);
    }

    /// <summary>Runs the platform's and the service's migrations before the service listens.</summary>
    sealed class MigrationService(Database database, string name, Assembly assembly, TimeProvider clock) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await Migrations.ApplyAsync(database, "platform", typeof(Service).Assembly, clock, cancellationToken);
            await Migrations.ApplyAsync(database, name, assembly, clock, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
