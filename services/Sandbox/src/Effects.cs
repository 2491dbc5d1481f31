using System.Text.Json;

namespace Souk.Sandbox;

/// <summary>All that a decision brings about, to be written in one transaction.</summary>
/// <param name="Authorization">As it is afterwards.</param>
/// <param name="Entry">What is booked; null when no money moved.</param>
/// <param name="Webhook">What the shop is told; null when nothing changed.</param>
/// <param name="Answer">What whoever asked is answered.</param>
sealed record Effect(Authorization Authorization, Entry? Entry, Webhook? Webhook, Answer Answer);

/// <summary>Turns a decision of the rules into its effect, with the faults that are switched on.</summary>
sealed class Effects(ProviderSettings settings, IIdSource ids)
{
    public Effect Of(Authorization before, Decision decision, Switches switches, DateTimeOffset now)
    {
        if (decision.Authorization is not { } after) return new(before, null, null, DefiniteNo.Of(decision.Code));
        var view = AuthorizationView.Of(after, settings);
        return new(after, decision.Entry, Tell(after, view, decision.Code, switches, now),
            new Answer(200, JsonSerializer.Serialize(view, SandboxJson.Default.AuthorizationView)));
    }

    Webhook Tell(Authorization authorization, AuthorizationView view, string what, Switches switches, DateTimeOffset now)
    {
        var webhook = new WebhookView("evt_" + ids.NewId(), "authorization." + what, now, view);
        var state = ids.Chance(switches.WebhookLost) ? Webhook.Lost : Webhook.Due;
        var copies = ids.Chance(switches.WebhookDuplicate) ? 2 : 1;
        var due = now;
        if (ids.Chance(switches.WebhookLate)) due += TimeSpan.FromMilliseconds(switches.WebhookLateMs);
        // Held back for a moment, so that what happens meanwhile is told first.
        if (ids.Chance(switches.WebhookReorder)) due += Webhook.HeldBack * ids.NextDouble();
        return new(webhook.Id, authorization.Id, webhook.Type, JsonSerializer.Serialize(webhook, SandboxJson.Default.WebhookView),
            state, copies, Attempts: 0, due, now);
    }
}

/// <summary>A no that stays one: nothing has changed, and the same key gets the same no.</summary>
sealed record DefiniteNo(string Type, string Title, int Status, string Detail, string Code)
{
    static readonly Dictionary<string, Answer> Answers = new Dictionary<string, string>
    {
        ["not_capturable"] = "Only what is authorised, and not yet captured, can be captured.",
        ["not_voidable"] = "Only what is authorised, and not yet captured, can be voided.",
        ["not_refundable"] = "Only what has been captured can be refunded.",
        ["amount_too_large"] = "That is more than there is.",
        ["answered_already"] = "The customer has answered already.",
    }.ToDictionary(no => no.Key, no => new Answer(409, JsonSerializer.Serialize(
        new DefiniteNo("about:blank", "Conflict", 409, no.Value, no.Key), SandboxJson.Default.DefiniteNo)));

    public static Answer Of(string code) => Answers[code];
}

static class Chances
{
    /// <summary>Yes, as often as the chance says; without one, no dice are thrown.</summary>
    public static bool Chance(this IIdSource ids, double chance) => chance > 0 && ids.NextDouble() < chance;
}
