using System.Text.Json;
using System.Text.Json.Serialization;

namespace Souk.Shipping;

/// <summary>An amount in minor units.</summary>
sealed record Money(long Amount, string Currency);

/// <summary>A way to send something, with its price.</summary>
/// <param name="Id">Of the option, the same in every country that has it.</param>
/// <param name="Name">For people.</param>
/// <param name="Price">For all parcels together.</param>
/// <param name="MinDays">It takes at least so long.</param>
/// <param name="MaxDays">It takes at most so long.</param>
sealed record ShippingOption(string Id, string Name, Money Price, int MinDays, int MaxDays);

/// <summary>What it costs to send something: by zone, and by steps of weight. The figures stand in <c>rates.json</c>.</summary>
sealed class Rates
{
    readonly RatesFile _file;
    readonly string _currency;
    readonly Dictionary<string, IReadOnlyList<RatesFile.Option>> _byCountry = new(StringComparer.Ordinal);

    public Rates(RatesFile file, string currency)
    {
        _file = file;
        _currency = currency;
        foreach (var zone in file.Zones)
        {
            foreach (var country in zone.Countries)
            {
                if (!_byCountry.TryAdd(country, zone.Options)) throw new InvalidOperationException($"{country} is in two zones.");
            }
            foreach (var option in zone.Options) Check(option);
        }
    }

    /// <summary>Reads the file; prices are minor units of the store's currency.</summary>
    /// <exception cref="InvalidOperationException">The figures contradict themselves.</exception>
    public static Rates Read(string path, string currency)
    {
        try
        {
            return new Rates(JsonSerializer.Deserialize(File.ReadAllText(path), RatesJson.Default.RatesFile)!, currency);
        }
        catch (Exception error) when (error is IOException or JsonException or InvalidOperationException)
        {
            throw new InvalidOperationException($"The rates in {path} cannot be used: {error.Message}", error);
        }
    }

    /// <summary>What a shopper may choose from, the cheapest first; empty where the store does not send so much, or at all.</summary>
    public IReadOnlyList<ShippingOption> For(string country, long grams) =>
        grams > Shipment.ParcelsMax * _file.ParcelGramsMax || !_byCountry.TryGetValue(country, out var options)
            ? []
            : [.. options.Select(option => new ShippingOption(
                    option.Id, option.Name, new Money(Price(option, grams), _currency), option.MinDays, option.MaxDays))
                .OrderBy(option => option.Price.Amount).ThenBy(option => option.MaxDays)];

    /// <summary>How many parcels a weight makes. Never refused: by now it is paid for.</summary>
    public int ParcelsFor(long grams) =>
        (int)Math.Clamp((grams - 1) / _file.ParcelGramsMax + 1, 1, Shipment.ParcelsMax);

    /// <summary>As many full parcels as there are, and one with the rest.</summary>
    long Price(RatesFile.Option option, long grams)
    {
        var full = (ParcelsFor(grams) - 1L) * option.Steps[^1].Price;
        var rest = grams - (ParcelsFor(grams) - 1L) * _file.ParcelGramsMax;
        return full + option.Steps.First(step => rest <= step.Grams).Price;
    }

    void Check(RatesFile.Option option)
    {
        var weights = option.Steps.Select(step => step.Grams).ToList();
        if (weights.Count == 0 || weights[0] <= 0 || weights[^1] != _file.ParcelGramsMax
            || weights.Zip(weights.Skip(1)).Any(pair => pair.First >= pair.Second))
            throw new InvalidOperationException($"The steps of '{option.Id}' do not rise to parcelGramsMax.");
        if (option.Steps.Any(step => step.Price < 0)) throw new InvalidOperationException($"'{option.Id}' has a price below zero.");
    }
}

/// <summary>The file: a zone is some countries and what can be had there; a step is the price of a parcel up to a weight.</summary>
sealed record RatesFile(long ParcelGramsMax, IReadOnlyList<RatesFile.Zone> Zones)
{
    public sealed record Zone(IReadOnlyList<string> Countries, IReadOnlyList<Option> Options);

    public sealed record Option(string Id, string Name, int MinDays, int MaxDays, IReadOnlyList<Step> Steps);

    public sealed record Step(long Grams, long Price);
}

/// <summary>Strict: a rate that is not there is no rate of zero.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, ReadCommentHandling = JsonCommentHandling.Skip,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RatesFile))]
sealed partial class RatesJson : JsonSerializerContext;
