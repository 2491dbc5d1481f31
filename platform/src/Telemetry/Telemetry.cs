using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Souk.Platform.Hosting;

namespace Souk.Platform.Telemetry;

/// <summary>
/// OpenTelemetry over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set: traces, metrics every 5 s, logs. Without
/// it nothing is collected; trace context is passed on all the same, so that an error's trace id means something.
/// </summary>
static class Telemetry
{
    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const string Sampler = "OTEL_TRACES_SAMPLER";
    const string MetricInterval = "OTEL_METRIC_EXPORT_INTERVAL";

    // Whoever listens makes the server start a trace; without it that would depend on the log level.
    static readonly ActivityListener Propagation = new()
    {
        ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    static Telemetry()
    {
        // The server's span carries OpenTelemetry's attributes by itself, so nothing needs to watch it from outside.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        ActivitySource.AddActivityListener(Propagation);
    }

    public static void AddTelemetry(this WebApplicationBuilder builder, ServiceAbout about)
    {
        if (string.IsNullOrEmpty(builder.Configuration[Endpoint])) return;
        builder.Configuration[MetricInterval] ??= "5000";

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                about.Service, serviceNamespace: "souk", about.Version, autoGenerateServiceInstanceId: false, about.Instance))
            .WithTracing(tracing =>
            {
                // Default: one trace in ten, decided once at its root. OTEL_TRACES_SAMPLER says otherwise.
                if (string.IsNullOrEmpty(builder.Configuration[Sampler]))
                {
                    tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(0.1)));
                }
                tracing.AddSource("Microsoft.AspNetCore", SoukActivity.Name, "Npgsql");
                tracing.AddProcessor(new Discretion());
            })
            .WithMetrics(metrics => metrics
                .AddMeter("Microsoft.AspNetCore.Hosting", "System.Net.Http", "Npgsql")
                // A request is counted once on each side; the sockets' own figures cost more than they tell.
                .AddView(instrument => instrument.Meter.Name == "System.Net.Http" && instrument.Name != "http.client.request.duration"
                    ? MetricStreamConfiguration.Drop
                    : null)
                .AddRuntimeInstrumentation())
            .WithLogging();
        telemetry.UseOtlpExporter();
    }
}
