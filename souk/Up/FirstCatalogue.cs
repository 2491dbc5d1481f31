using Souk.Launcher.Identity;
using Souk.Launcher.Import;

namespace Souk.Launcher.Up;

/// <summary>An empty store opens with the project's own catalogue, imported as any other.</summary>
sealed class FirstCatalogue(Repository repository, DataFolder data, LauncherIdentity identity, FrontDoor door, Action<string> say)
{
    /// <summary>Trouble here is told and does not keep the store closed.</summary>
    public async Task PutOnShelvesAsync(CancellationToken stop)
    {
        if (!File.Exists(repository.Catalogue))
            return;
        var empty = await door.IsEmptyAsync(stop);
        if (empty is null)
            say("Catalog does not answer through the gateway: `souk import data/catalogue.csv` fills the shelves when it does.");
        if (empty != true)
            return;
        try
        {
            say("The shelves are empty: importing data/catalogue.csv …");
            var summary = await new CatalogueImport(data, identity).RunAsync(CatalogueFile.Open(repository.Catalogue), new Progress<double>(), stop);
            say(summary.Sentence);
        }
        catch (Trouble trouble)
        {
            say($"The catalogue was not imported: {trouble.Message} {trouble.Todo}");
        }
    }
}
