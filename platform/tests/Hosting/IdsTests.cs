using Microsoft.Extensions.Time.Testing;
using Souk.Platform.Hosting;

namespace Souk.Platform.Tests.Hosting;

public sealed class IdsTests
{
    // 40 bits of time are six letters of 64 kinds, and four of the six bits of the next.
    const int TimeLetters = 6;

    readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Those_of_one_moment_begin_alike_and_differ_everywhere_else()
    {
        var ids = NewIds(200);
        Assert.Single(ids.Select(id => id[..TimeLetters]).Distinct());
        Assert.All(ids, id => Assert.Equal(28, id.Length));
        for (var place = TimeLetters + 1; place < 28; place++) Assert.InRange(ids.Select(id => id[place]).Distinct().Count(), 32, 64);
    }

    [Fact]
    public void Those_of_another_moment_lie_elsewhere()
    {
        var before = NewIds(1)[0];
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.NotEqual(before[..(TimeLetters + 1)], NewIds(1)[0][..(TimeLetters + 1)]);
        Assert.Equal(before[..(TimeLetters - 2)], NewIds(1)[0][..(TimeLetters - 2)]);
    }

    List<string> NewIds(int count)
    {
        var ids = new TimedIds(_clock);
        return [.. Enumerable.Range(0, count).Select(_ => ids.NewId())];
    }
}
