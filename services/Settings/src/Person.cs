namespace Souk.Settings;

/// <summary>
/// What the store keeps of somebody who has signed in, and its rules. It is a value: a change gives the next version, or the
/// reason why not.
/// </summary>
/// <param name="Subject">Whom Login calls so: opaque, and never another's.</param>
/// <param name="Version">0 while nothing was ever changed; counts the changes.</param>
/// <param name="Profile">What they are called here, and what they read and count in.</param>
/// <param name="Addresses">In the order in which they were added; one is the default, if there is any.</param>
/// <param name="Choices">Which mails they want.</param>
/// <param name="Consents">Every yes and no, the first first.</param>
sealed record Person(
    string Subject, long Version, Profile Profile, IReadOnlyList<SavedAddress> Addresses, Choices Choices,
    IReadOnlyList<Consent> Consents)
{
    public const int AddressesMax = 20;
    public const int ConsentsMax = 500;

    public static Person New(string subject, Profile profile) => new(subject, 0, profile, [], Choices.Unasked, []);

    public Decision Put(Profile profile) => profile == Profile ? this : Next with { Profile = profile };

    public Decision Put(Choices choices) => choices == Choices ? this : Next with { Choices = choices };

    /// <summary>
    /// Adds or replaces an address. The first is the default; a later one becomes it when it is asked for, and stops to be it
    /// when another does.
    /// </summary>
    public Decision Put(string id, Address address, bool asDefault)
    {
        var present = Addresses.FirstOrDefault(known => known.Id == id);
        if (present is null && Addresses.Count == AddressesMax) return SettingsRefusals.AddressesFull;
        var put = new SavedAddress(id, address, asDefault || present?.IsDefault == true || Addresses.Count == 0);
        var others = Addresses.Select(known => put.IsDefault ? known with { IsDefault = false } : known);
        IReadOnlyList<SavedAddress> all = present is null ? [.. others, put] : [.. others.Select(known => known.Id == id ? put : known)];
        return all.SequenceEqual(Addresses) ? this : Next with { Addresses = all };
    }

    /// <summary>Takes an address out; one that is not there is out already. The oldest that is left takes over from the default.</summary>
    public Decision Remove(string id)
    {
        List<SavedAddress> left = [.. Addresses.Where(known => known.Id != id)];
        if (left.Count == Addresses.Count) return this;
        if (left.Count > 0 && !left.Exists(known => known.IsDefault)) left[0] = left[0] with { IsDefault = true };
        return Next with { Addresses = left };
    }

    /// <summary>Notes a yes or a no to a text. The same again changes nothing; a no is always taken.</summary>
    public Decision Decide(Consent consent)
    {
        var last = Consents.LastOrDefault(known => known.Purpose == consent.Purpose);
        if (last is not null && last with { At = consent.At } == consent) return this;
        if (consent.Given && Consents.Count >= ConsentsMax) return SettingsRefusals.ConsentsFull;
        return Next with { Consents = [.. Consents, consent] };
    }

    Person Next => this with { Version = Version + 1 };
}

/// <summary>What somebody is called here, and what they read and count in.</summary>
sealed record Profile(string? DisplayName, string Locale, string Currency);

/// <summary>An address under the name that its owner's page gave it.</summary>
sealed record SavedAddress(string Id, Address Address, bool IsDefault)
{
    /// <summary>Whether a text may be an address's name at all.</summary>
    public static bool IsId(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>Where a parcel goes.</summary>
sealed record Address(
    string Name, string Line1, string City, string PostalCode, string Country,
    string? Line2 = null, string? Region = null, string? Phone = null);

/// <summary>Which mails somebody wants beside those that tell them of their money, which everybody gets.</summary>
/// <param name="OrderUpdates">A parcel is on its way, or has come.</param>
/// <param name="CartReminders">A cart was left behind.</param>
/// <param name="Newsletter">What is new in the store.</param>
sealed record Choices(bool OrderUpdates, bool CartReminders, bool Newsletter)
{
    /// <summary>Of somebody who never chose: what belongs to an order, and nothing that advertises.</summary>
    public static readonly Choices Unasked = new(OrderUpdates: true, CartReminders: false, Newsletter: false);
}

/// <summary>A yes or a no.</summary>
/// <param name="Purpose">What to.</param>
/// <param name="TextVersion">The version of the text that was shown.</param>
/// <param name="Given">Given or withdrawn.</param>
/// <param name="At">When.</param>
sealed record Consent(string Purpose, string TextVersion, bool Given, DateTimeOffset At)
{
    /// <summary>What the store asks for.</summary>
    public static readonly IReadOnlyList<string> Purposes = ["analytics", "marketing", "personalisation"];

    public static bool IsTextVersion(string? text) =>
        text is { Length: > 0 and <= 40 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}

/// <summary>The person after a change, or the refusal of it.</summary>
readonly record struct Decision(Person? Person, Refusal? Refusal)
{
    public static implicit operator Decision(Person person) => new(person, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);
}
