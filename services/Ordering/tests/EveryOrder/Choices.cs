namespace Souk.Ordering.Tests.EveryOrder;

/// <summary>
/// Tries every way that something can go: it is done again and again, each time with the next answers to what it asks
/// for, until each combination has been.
/// </summary>
sealed class Choices
{
    readonly List<(string[] Options, int Taken)> _path = [];
    int _at;

    /// <summary>What was chosen this time, in order.</summary>
    public IEnumerable<string> Taken => _path.Take(_at).Select(choice => choice.Options[choice.Taken]);

    public string Next(params string[] options)
    {
        if (_at == _path.Count) _path.Add((options, 0));
        var (known, taken) = _path[_at++];
        // The same choices before lead to the same question: else this would not be complete.
        Assert.Equal(known, options);
        return known[taken];
    }

    /// <summary>On to the next combination; false after the last.</summary>
    public bool MoveOn()
    {
        while (_path.Count > 0)
        {
            var (options, taken) = _path[^1];
            _path.RemoveAt(_path.Count - 1);
            if (taken + 1 == options.Length) continue;
            _path.Add((options, taken + 1));
            _at = 0;
            return true;
        }
        return false;
    }
}
