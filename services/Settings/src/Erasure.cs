using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Souk.Settings;

/// <summary>Somebody is forgotten. Its progress is its saga's state; what it keeps in the end is nobody's any more.</summary>
/// <param name="Id">Its name, and the key to it: unguessable, because whoever asked cannot sign in any more.</param>
/// <param name="Subject">Who; null once it has ended.</param>
/// <param name="RequestedAt">When they asked.</param>
/// <param name="Answers">What each service erased and kept.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Ending"><c>erased</c> or <c>refused</c>; null while it is under way.</param>
/// <param name="Reason">Why it was refused: the code of the service that did.</param>
sealed record Erasure(
    string Id, string? Subject, DateTimeOffset RequestedAt, IReadOnlyList<ServiceErasure> Answers, DateTimeOffset? EndedAt,
    string? Ending, string? Reason)
{
    public const string Erased = "erased";
    public const string Refused = "refused";

    public static Erasure New(string id, string subject, DateTimeOffset now) => new(id, subject, now, [], null, null, null);

    public bool HasAsked(string service) => Answers.Any(answer => answer.Service == service);

    public bool HasSwept(string service) => Answers.Any(answer => answer.Service == service && answer.SweptAt is not null);

    /// <summary>By which it is known that a subject was forgotten. A subject is chance: nobody finds it from its hash.</summary>
    public static string HashOf(string subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));
}

/// <summary>What a service erased and kept, and when it was asked a second time.</summary>
sealed record ServiceErasure(string Service, ErasureAnswer Answer, DateTimeOffset AnsweredAt, DateTimeOffset? SweptAt);

/// <summary>An erasure as whoever asked for it sees it: <c>under_way</c>, <c>refused</c> with a reason, or <c>erased</c>.</summary>
sealed record ErasureView(
    string Id, string State, string? Reason, DateTimeOffset RequestedAt, DateTimeOffset? EndedAt, IReadOnlyList<ServiceErasureView> Services)
{
    public const string Address = "/api/settings/erasures/";

    public static ErasureView Of(Erasure erasure) => new(
        erasure.Id, erasure.Ending ?? "under_way", erasure.Reason, erasure.RequestedAt, erasure.EndedAt,
        [.. erasure.Answers.Select(one => new ServiceErasureView(one.Service, one.Answer.Erased, one.Answer.Kept, one.AnsweredAt))]);

    /// <summary>The refusal of whatever would keep something anew.</summary>
    public static Refusal UnderWay(string? id) => id is null ? SettingsRefusals.ErasureUnderWay
        : SettingsRefusals.ErasureUnderWay.With("erasure", Address + id, SettingsJson.Default.String);
}

/// <summary>What a service erased and kept, and why, in its own words.</summary>
sealed record ServiceErasureView(string Service, JsonElement? Erased, JsonElement? Kept, DateTimeOffset AnsweredAt);
