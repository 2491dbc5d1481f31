using System.Diagnostics;

namespace Souk.Platform.Telemetry;

/// <summary>The source of the platform's own spans. Without a listener a span costs nothing.</summary>
static class SoukActivity
{
    public const string Name = "Souk";

    public static readonly ActivitySource Source = new(Name);
}
