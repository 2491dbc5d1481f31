using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Settings;

/// <summary>Somebody is forgotten. Its progress is its saga's state; what it keeps in the end is nobody's any more.</summary>
/// <param name="Id">Its name, and the key to it: unguessable, because whoever asked cannot sign in any more.</param>
/// <param name="Subject">Who; null once it has ended.</param>
/// <param name="RequestedAt">When they asked.</param>
/// <param name="Orders">Theirs: what some services know instead of the subject; empty once it has ended.</param>
/// <param name="Answers">What each service erased and kept.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Ending"><c>erased</c> or <c>refused</c>; null while it is under way.</param>
/// <param name="Reason">Why it was refused: the code of the service that did.</param>
sealed record Erasure(
    string Id, string? Subject, DateTimeOffset RequestedAt, IReadOnlyList<string> Orders, IReadOnlyList<ServiceErasure> Answers,
    DateTimeOffset? EndedAt, string? Ending, string? Reason)
{
    public const string Erased = "erased";
    public const string Refused = "refused";

    public static Erasure New(string id, string subject, DateTimeOffset now) => new(id, subject, now, [], [], null, null, null);

    public ServiceErasure? Of(string service) => Answers.FirstOrDefault(answer => answer.Service == service);

    /// <summary>By which it is known that a subject was forgotten. A subject is chance: nobody finds it from its hash.</summary>
    public static string HashOf(string subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));
}

/// <summary>What a service erased and kept, and when it was asked once more after all tokens were dead, and kept nothing back.</summary>
sealed record ServiceErasure(string Service, ErasureAnswer Answer, DateTimeOffset? SweptAt = null);

/// <summary>What a service erased of a person and what it kept: numbers and words, and nothing of the person.</summary>
/// <param name="Erased">What went.</param>
/// <param name="Kept">What stayed, and why.</param>
sealed record ErasureAnswer(IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept)
{
    public static readonly ErasureAnswer Nothing = new([], []);

    /// <summary>Whether nothing stayed that goes later.</summary>
    public bool IsDone => Kept.All(part => part.Why != KeptPart.UnderWay);

    /// <summary>All that went and stayed after another asking: what was still under way is as the later one says.</summary>
    public ErasureAnswer Then(ErasureAnswer later) => (this with { Kept = [.. Kept.Where(part => part.Why != KeptPart.UnderWay)] }).And(later);

    /// <summary>This and another, summed up.</summary>
    public ErasureAnswer And(ErasureAnswer other) => new(
        [.. Erased.Concat(other.Erased).GroupBy(part => part.What, StringComparer.Ordinal).Select(same => new ErasedPart(same.Key, Sum(same.Select(part => part.Count))))],
        [.. Kept.Concat(other.Kept).GroupBy(part => (part.What, part.Why)).Select(same => new KeptPart(same.Key.What, same.Key.Why, Sum(same.Select(part => part.Count))))]);

    /// <summary>Reads <c>{ erased: [{ what, count }], kept: [{ what, count, why }] }</c>; a part may be a word, and have no count.</summary>
    public static ErasureAnswer Read(JsonElement answer) => new(
        [.. Items(answer, "erased").Select(part => new ErasedPart(What(part), Count(part)))],
        [.. Items(answer, "kept").Select(part => new KeptPart(What(part), Text(part, "why"), Count(part)))]);

    static JsonElement.ArrayEnumerator Items(JsonElement answer, string name) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray() : throw new HttpRequestException($"The answer does not say what was {name}.");

    static string What(JsonElement part) => part.ValueKind == JsonValueKind.String ? part.GetString()! : Text(part, "what");

    static string Text(JsonElement part, string name) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    static int? Count(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("count", out var count) && count.TryGetInt32(out var number) ? number : null;

    static int? Sum(IEnumerable<int?> counts) => counts.Aggregate((sum, count) => sum + count ?? sum ?? count);
}

/// <summary>So many of something are gone.</summary>
sealed record ErasedPart(string What, int? Count = null);

/// <summary>So many of something are still there, and why: <c>law</c>, or <c>under_way</c> and to be asked for again.</summary>
sealed record KeptPart(string What, string Why, int? Count = null)
{
    public const string UnderWay = "under_way";
}

/// <summary>An erasure as whoever asked for it sees it: <c>under_way</c>, <c>refused</c> with a reason, or <c>erased</c>.</summary>
sealed record ErasureView(
    string Id, string State, string? Reason, DateTimeOffset RequestedAt, DateTimeOffset? EndedAt, IReadOnlyList<ServiceErasureView> Services)
{
    public const string Address = "/api/settings/erasures/";

    public static ErasureView Of(Erasure erasure) => new(
        erasure.Id, erasure.Ending ?? "under_way", erasure.Reason, erasure.RequestedAt, erasure.EndedAt,
        [.. erasure.Answers.Select(one => new ServiceErasureView(one.Service, one.Answer.Erased, one.Answer.Kept))]);

    /// <summary>The refusal of whatever would keep something anew.</summary>
    public static Refusal UnderWay(string? id) => id is null ? SettingsRefusals.ErasureUnderWay
        : SettingsRefusals.ErasureUnderWay.With("erasure", Address + id, SettingsJson.Default.String);
}

/// <summary>What a service erased and kept, and why.</summary>
sealed record ServiceErasureView(string Service, IReadOnlyList<ErasedPart> Erased, IReadOnlyList<KeptPart> Kept);
