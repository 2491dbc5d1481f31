using System.Globalization;
using System.Text.Json.Nodes;

namespace Souk.Storefront.Tests;

/// <summary>Settings as the contract describes it: a version over all that somebody has, addresses by the page's own ids.</summary>
public sealed class FakeSettings
{
    readonly Dictionary<string, Person> _people = [];

    public int Exports { get; private set; }

    public int Erasures { get; private set; }

    public HttpResponseMessage Answer(HttpRequestMessage request, string[] path, JsonObject? body)
    {
        if (path is ["erasures", var erasure])
        {
            return FakeStore.Json(new JsonObject { ["id"] = erasure, ["state"] = "under_way" });
        }
        if (Bearer.SubjectOf(request) is not { } subject) return FakeStore.Refuse(401, "token.missing");
        if (!_people.TryGetValue(subject, out var person)) _people[subject] = person = new Person();
        if (request.Headers.IfMatch.FirstOrDefault()?.Tag is { } tag && tag != string.Create(CultureInfo.InvariantCulture, $"\"{person.Version}\""))
        {
            return FakeStore.Refuse(412, "settings.version_stale");
        }
        var isChange = request.Method != HttpMethod.Get;
        if (isChange) person.Version++;
        switch (path)
        {
            case ["me"]:
                if (isChange) person.Name = body!["displayName"]?.GetValue<string>();
                return FakeStore.Json(new JsonObject { ["version"] = person.Version, ["displayName"] = person.Name, ["locale"] = "en", ["currency"] = "EUR" });
            case ["me", "addresses"]:
                return person.List();
            case ["me", "addresses", var id]:
                if (request.Method == HttpMethod.Delete) person.Addresses.Remove(id);
                else if (body!["line1"]!.GetValue<string>().Contains("4111", StringComparison.Ordinal)) return FakeStore.Refuse(400, "settings.card_number");
                else person.Addresses[id] = body.DeepClone().AsObject();
                return person.List();
            case ["me", "notifications"]:
                if (isChange) person.Mails = body!.DeepClone().AsObject();
                return FakeStore.Json(person.Mails.DeepClone().AsObject());
            case ["me", "exports"]:
                Exports++;
                return FakeStore.Json(new JsonObject { ["id"] = "export-1", ["state"] = "collecting" }, 202);
            case ["me", "exports", var export]:
                return FakeStore.Json(new JsonObject { ["id"] = export, ["state"] = "done", ["document"] = new JsonObject { ["cart"] = new JsonObject { ["of"] = subject } } });
            case ["me", "erasure"]:
                Erasures++;
                return FakeStore.Json(new JsonObject { ["id"] = "erasure-1", ["state"] = "under_way" }, 202);
            default:
                return FakeStore.Refuse(404, "request.route_unknown");
        }
    }

    sealed class Person
    {
        public long Version { get; set; } = 1;

        public string? Name { get; set; }

        public SortedDictionary<string, JsonObject> Addresses { get; } = [];

        public JsonObject Mails { get; set; } = new() { ["orderUpdates"] = true, ["cartReminders"] = false, ["newsletter"] = false };

        public HttpResponseMessage List() => FakeStore.Json(new JsonObject
        {
            ["items"] = new JsonArray([.. Addresses.Select(one =>
            {
                var item = one.Value.DeepClone().AsObject();
                item["id"] = one.Key;
                return item;
            })]),
        });
    }
}
