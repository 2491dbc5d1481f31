using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenTelemetry;

namespace Souk.Platform.Telemetry;

/// <summary>
/// Takes out of a span what nobody meant to tell: a card's number, or a token, that somebody has typed into an address or
/// calls their browser. It sees each span before whoever sends it.
/// </summary>
sealed partial class Discretion : BaseProcessor<Activity>
{
    static readonly string[] Typed = ["url.path", "url.query", "user_agent.original", "server.address"];

    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        foreach (var name in Typed)
        {
            if (data.GetTagItem(name) is string text && Secret().IsMatch(text)) data.SetTag(name, Secret().Replace(text, "***"));
        }
    }

    // As many digits in a row as a card has, in groups or not; a JSON Web Token, signed or encrypted.
    [GeneratedRegex(@"(?<![0-9])[0-9](?:(?:[ +-]|%20)?[0-9]){12,18}(?![0-9])|eyJ[\w-]{10,}(?:\.[\w-]*){2,4}")]
    private static partial Regex Secret();
}
