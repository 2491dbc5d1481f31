using Souk.Launcher.Import;

namespace Souk.Launcher.Tests;

/// <summary>What an import sends, and what it tells.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task An_import_beside_a_running_store_sums_up_what_was_refused_and_why()
    {
        await using var store = new TinyStore("catalog");
        await store.UpAsync();
        store.Write("shelf.csv", "Handle,Title\nmug,Mug\nbowl,Bowl\n");
        var import = store.Start("import", "shelf.csv");
        Assert.Equal(0, await import.EndAsync());
        Assert.Contains("2 products from 2 rows: 2 new, 0 changed, 0 as before; 1 rows refused.", import.Output);
        Assert.Contains("row 2: the price is a word (catalog.import.price_invalid)", import.Output);
    }

    [Fact]
    public async Task Only_pictures_below_the_file_leave_this_machine()
    {
        await using var store = new TinyStore();
        store.Write("shop/images/mug.svg", "<svg/>");
        store.Write("secret.svg", "<svg/>");
        store.Write("shop/keys.txt", "secret");
        File.CreateSymbolicLink(Path.Combine(store.Root, "shop", "link.svg"), Path.Combine(store.Root, "secret.svg"));
        var file = store.Write("shop/shelf.csv", "\uFEFFHandle,Title,Image Src,Variant Image\n"
            + "mug,Mug,images/mug.svg,../secret.svg\nbowl,\"A\nbowl\",keys.txt,link.svg\npot,Pot,https://elsewhere.example/pot.jpg,none.png\n");

        var catalogue = CatalogueFile.Open(file);

        Assert.Equal(["mug.svg"], catalogue.Pictures.Select(picture => picture.Name));
        Assert.Equal(["../secret.svg", "keys.txt", "link.svg", "none.png"], catalogue.MissingPictures.Order(StringComparer.Ordinal));
    }
}
