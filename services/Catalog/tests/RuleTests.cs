using CsCheck;
using Souk.Catalog.Import;
using Souk.Catalog.Search;

namespace Souk.Catalog.Tests;

/// <summary>Prices, SKUs, words and safe HTML: rules without a host.</summary>
public sealed class RuleTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("50", 5000)]
    [InlineData("9.99", 999)]
    [InlineData("9.9", 990)]
    [InlineData("0.07", 7)]
    [InlineData("1.10", 110)]
    [InlineData("007.00", 700)]
    [InlineData("999999999.99", 99999999999)]
    public void A_price_is_exact(string text, long minorUnits)
    {
        Assert.True(Price.TryParse(text, out var amount));
        Assert.Equal(minorUnits, amount);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(".5")]
    [InlineData("5.")]
    [InlineData("1.999")]
    [InlineData("1.990")]
    [InlineData("1,50")]
    [InlineData("1 000")]
    [InlineData("1.000.00")]
    [InlineData("+1")]
    [InlineData("-0")]
    [InlineData("1e3")]
    [InlineData("€5")]
    [InlineData("NaN")]
    [InlineData("١")]
    [InlineData("1000000000")]
    public void What_is_no_plain_price_is_refused(string text) => Assert.False(Price.TryParse(text, out _));

    [Fact]
    public void Every_amount_is_read_as_it_was_written() => Gen.Long[0, 99_999_999_999].Sample(amount =>
        Price.TryParse($"{amount / 100}.{amount % 100:00}", out var read) && read == amount);

    [Theory]
    [InlineData("clay-plant-pot", "clay-plant-pot")]
    [InlineData("clay-plant-pot.large", "clay-plant-pot", "Large")]
    [InlineData("shirt.extra-small.blue", "shirt", "Extra Small", "Blue")]
    [InlineData("shirt.red-blue-f9da9ffb99", "shirt", "Red/Blue")]
    [InlineData("shirt.red-blue-9e26fd6fee", "shirt", "Red-Blue")]
    public void A_made_sku_never_changes(string sku, string handle, params string[] values) =>
        Assert.Equal(sku, Sku.For(handle, values));

    [Fact]
    public void Variants_that_differ_have_skus_that_differ()
    {
        var word = OneOf("a", "A b", "a-b", "a.b", "a b", "ä", "", "b", "红", "a/b", new string('x', 150), new string('x', 151));
        var handle = OneOf("a", "a-b", "a.b", "b", "a.b.c", new string('y', 200));
        var variant = Gen.Select(handle, word.Array[0, 3]);
        Gen.Select(variant, variant).Sample((one, other) =>
        {
            var same = one.Item1 == other.Item1
                && one.Item2.Select(v => v.ToLowerInvariant()).SequenceEqual(other.Item2.Select(v => v.ToLowerInvariant()));
            var (a, b) = (Sku.For(one.Item1, one.Item2), Sku.For(other.Item1, other.Item2));
            return same == (a == b) && a.Length is > 0 and <= Sku.LengthMax;
        }, iter: 20_000);
    }

    [Theory]
    [InlineData("Crème Brûlée", "creme brulee")]
    [InlineData("STRASSE Straße", "strasse strasse")]
    [InlineData("ÆØÅ Œuvre", "aeoa oeuvre")]
    [InlineData("İstanbul Iğdır", "istanbul igdir")]
    [InlineData("Đặng Łódź", "dang lodz")]
    [InlineData("cafe\u0301", "cafe")]
    public void Folding_leaves_neither_case_nor_accents(string text, string folded) => Assert.Equal(folded, Words.Fold(text));

    [Fact]
    public void A_text_is_split_where_no_letter_or_digit_stands() =>
        Assert.Equal(["t", "shirt", "100", "cotton", "l", "ete"], Words.Of("T-Shirt, 100% cotton (l'été)"));

    [Fact]
    public void A_slug_of_a_slug_is_that_slug() =>
        Gen.String.Sample(name => Words.Slug(Words.Slug(name)) == Words.Slug(name));

    [Fact]
    public void The_distance_of_two_words_is_the_same_both_ways_and_no_error_is_counted_twice()
    {
        var letters = Gen.String[Gen.Char['a', 'c'], 0, 7];
        Gen.Select(letters, letters).Sample((a, b) =>
            Words.Distance(a, b, 2) == Words.Distance(b, a, 2) && Words.Distance(a, b, 2) == Math.Min(3, Naive(a, b)));
    }

    [Theory]
    [InlineData("<p>Plain <b>bold</b> <a href=\"https://x.example/\">link</a></p>", "<p>Plain <b>bold</b> <a href=\"https://x.example/\" rel=\"nofollow noopener\">link</a></p>")]
    [InlineData("<ul><li>one</li></ul><table><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>", "<ul><li>one</li></ul><table><tbody><tr><td colspan=\"2\">x</td></tr></tbody></table>")]
    [InlineData("no markup at all", "no markup at all")]
    [InlineData("5 < 6 & 7", "5 &lt; 6 &amp; 7")]
    public void Harmless_html_stays(string html, string safe) => Assert.Equal(safe, new SafeHtml().Clean(html));

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<SCRIPT SRC=//evil.example/x.js></SCRIPT>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("<img src=\"javascript:alert(1)\">")]
    [InlineData("<a href=\"javascript:alert(1)\">x</a>")]
    [InlineData("<a href=\"JaVaScRiPt:alert(1)\">x</a>")]
    [InlineData("<a href=\"java\tscript:alert(1)\">x</a>")]
    [InlineData("<a href=\"&#106;avascript:alert(1)\">x</a>")]
    [InlineData("<a href=\" javascript:alert(1)\">x</a>")]
    [InlineData("<a href=\"data:text/html,<script>alert(1)</script>\">x</a>")]
    [InlineData("<a href=\"vbscript:x\">x</a>")]
    [InlineData("<svg onload=alert(1)>")]
    [InlineData("<svg><script>alert(1)</script></svg>")]
    [InlineData("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>")]
    [InlineData("<iframe src=\"https://evil.example\"></iframe>")]
    [InlineData("<object data=x></object><embed src=x>")]
    [InlineData("<form action=//evil.example><input name=a><button>x</button></form>")]
    [InlineData("<p style=\"background:url(javascript:alert(1))\">x</p>")]
    [InlineData("<style>*{display:none}</style>")]
    [InlineData("<base href=//evil.example>")]
    [InlineData("<meta http-equiv=refresh content=0>")]
    [InlineData("<link rel=stylesheet href=//evil.example>")]
    [InlineData("<p onclick=alert(1) id=x class=y>x</p>")]
    [InlineData("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">")]
    [InlineData("<template><script>alert(1)</script></template>")]
    [InlineData("<!--><script>alert(1)</script>-->")]
    [InlineData("<details open ontoggle=alert(1)>x</details>")]
    [InlineData("<video><source onerror=alert(1)></video>")]
    [InlineData("<xmp><p title=\"</xmp><script>alert(1)</script>\">")]
    [InlineData("<a href=\"https://x.example\" target=_blank formaction=javascript:alert(1)>x</a>")]
    public void An_attack_leaves_nothing_that_runs(string html)
    {
        var safe = new SafeHtml().Clean(html);
        Assert.DoesNotMatch(
            "(?i)<(script|svg|math|iframe|object|embed|form|input|button|style|base|meta|link|template|video|noscript|xmp)|<[^>]*\\s(on\\w+|style|class|id|target|formaction)\\s*=|<[^>]*(javascript|vbscript|data):",
            safe);
        Assert.Equal(safe, new SafeHtml().Clean(safe));
    }

    static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    static int Naive(string a, string b) =>
        a.Length == 0 || b.Length == 0 ? a.Length + b.Length
        : new[]
        {
            Naive(a[1..], b) + 1, Naive(a, b[1..]) + 1, Naive(a[1..], b[1..]) + (a[0] == b[0] ? 0 : 1),
            a.Length > 1 && b.Length > 1 && a[0] == b[1] && a[1] == b[0] ? Naive(a[2..], b[2..]) + 1 : int.MaxValue,
        }.Min();
}
