using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Souk.Simulation;

/// <summary>Tells of a run what concerns the first order that went wrong, as a Mermaid sequence diagram.</summary>
static partial class Story
{
    const int LinesMax = 120;

    public static string Of(Outcome outcome)
    {
        var story = new StringBuilder();
        foreach (var broken in outcome.Broken.Take(10)) story.Append("%% ").AppendLine(broken.Split('\n')[0]);
        var ids = outcome.Broken.SelectMany(broken => Id().Matches(broken).Select(match => match.Value)).ToHashSet(StringComparer.Ordinal);
        var about = outcome.Calls.Where(call => ids.Any(id => call.About.Contains(id, StringComparison.Ordinal) || call.Content.Contains(id, StringComparison.Ordinal))).ToList();
        if (about.Count == 0) return story.ToString();
        var (from, to) = (about[0].At, about[^1].At);
        story.AppendLine("sequenceDiagram");
        var lines = outcome.Calls.Where(call => call.At >= from && call.At <= to && (call.To.Length == 0 || about.Contains(call))
            && !call.About.Contains("/internal/events", StringComparison.Ordinal)).ToList();
        foreach (var call in lines.Take(LinesMax)) story.AppendLine(Line(call));
        if (lines.Count > LinesMax) story.Append("  %% and ").Append(lines.Count - LinesMax).AppendLine(" more");
        return story.ToString();
    }

    static string Line(TracedCall call)
    {
        var at = call.At.TotalSeconds.ToString("0.0000", CultureInfo.InvariantCulture);
        return call.What switch
        {
            "answer" => $"  {call.From}-->>{call.To}: {call.Number} {Short(call.About)} [{at}]",
            "call" => $"  {call.From}->>{call.To}: {Short(call.About)} [{at}]",
            _ when call.To.Length > 0 => $"  {call.From}-x{call.To}: {call.What} {Short(call.About)} [{at}]",
            _ => $"  Note over {call.From}: {call.What} {call.About} [{at}]",
        };
    }

    static string Short(string path) => path.Length <= 90 ? path : path[..90] + "…";

    [GeneratedRegex("[A-Za-z0-9_-]{22}")]
    private static partial Regex Id();
}
