using System.Text.Json.Serialization;

namespace Souk.Launcher.Import;

/// <summary>What Catalog says at the end of an import, with what became of the pictures.</summary>
sealed record ImportSummary(
    int Rows, int Products, int Created, int Updated, int Unchanged, int Withdrawn, RefusedRow[] Refused, int RefusedTotal)
{
    [JsonIgnore]
    public int Pictures { get; init; }

    [JsonIgnore]
    public IReadOnlyList<string> MissingPictures { get; init; } = [];

    public string Sentence =>
        $"{Products} products from {Rows} rows: {Created} new, {Updated} changed, {Unchanged} as before"
        + (Withdrawn > 0 ? $", {Withdrawn} withdrawn" : "")
        + (RefusedTotal > 0 ? $"; {RefusedTotal} rows refused" : "")
        + (Pictures > 0 ? $"; {Pictures} pictures sent" : "") + ".";
}

/// <summary>A row that Catalog did not take, and why.</summary>
sealed record RefusedRow(long Row, string Code, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ImportSummary))]
sealed partial class ImportJson : JsonSerializerContext;
