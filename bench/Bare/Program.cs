// The smallest thing that answers: what every start-up and memory figure is compared with.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.MapGet("/health/ready", () => "ready");
app.Run();
