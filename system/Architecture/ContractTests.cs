using System.Text.Json.Nodes;

namespace Souk.Architecture;

/// <summary>
/// Consumers against producers, by their committed files alone: what a service reads of an event must be what the
/// producer says it publishes. (That the files are what the code does is tested beside each service.)
/// </summary>
public sealed class ContractTests
{
    [Fact]
    public void Every_service_publishes_its_contract_and_says_what_it_is() => Tree.None(
        from service in Tree.Services
        from file in new[] { "README.md", "openapi.json", "events.json", "deploy" }
        let path = Repository.Path("services", service, file)
        where !File.Exists(path) && !Directory.Exists(path)
        select $"services/{service}/{file} is missing");

    [Fact]
    public void A_services_first_page_is_short() => Tree.None(
        from readme in Tree.Files("README.md", "services")
        let lines = File.ReadLines(readme).Count()
        where lines > 40
        select $"{Tree.Relative(readme)} has {lines} lines");

    [Fact]
    public void What_a_consumer_reads_of_an_event_is_what_its_producer_publishes()
    {
        var compared = 0;
        foreach (var consumer in Tree.Services)
        {
            foreach (var (producer, types) in Events(consumer)["reads"]!.AsObject())
            {
                var published = Events(char.ToUpperInvariant(producer[0]) + producer[1..])["publishes"]!.AsObject();
                foreach (var (type, read) in types!.AsObject())
                {
                    Assert.True(published.ContainsKey(type), $"{consumer} reads {producer}'s {type}, which is not published.");
                    Compare($"{consumer} reads {producer}.{type}", read!, published[type]!);
                    compared++;
                }
            }
        }
        Assert.True(compared >= 3, $"Only {compared} events were compared.");
    }

    static JsonNode Events(string service) =>
        JsonNode.Parse(File.ReadAllText(Repository.Path("services", service, "events.json")))!;

    /// <summary>Every field that is read is published, with a kind of value that the reader takes.</summary>
    static void Compare(string path, JsonNode read, JsonNode published)
    {
        var readKinds = Kinds(read);
        var publishedKinds = Kinds(published);
        Assert.True(publishedKinds.IsSubsetOf(readKinds),
            $"{path}: published as {string.Join('/', publishedKinds)}, read as {string.Join('/', readKinds)}.");
        if (read["properties"] is JsonObject fields)
        {
            var offered = published["properties"] as JsonObject;
            foreach (var (name, field) in fields)
            {
                Assert.True(offered?.ContainsKey(name) == true, $"{path}.{name} is read and not published.");
                Compare($"{path}.{name}", field!, offered![name]!);
            }
        }
        if (read["items"] is { } item) Compare(path + "[]", item, published["items"]!);
    }

    static HashSet<string> Kinds(JsonNode schema) => schema["type"] switch
    {
        JsonArray several => [.. several.Select(kind => kind!.GetValue<string>())],
        { } one => [one.GetValue<string>()],
        null => [],
    };
}
