using CsvHelper;

namespace Souk.Launcher.Import;

/// <summary>A product CSV on this machine, and the pictures beside it that it names.</summary>
sealed record CatalogueFile(string Path, long Bytes, IReadOnlyList<CataloguePicture> Pictures, IReadOnlyList<string> MissingPictures)
{
    static readonly string[] PictureColumns = ["Image Src", "Variant Image"];
    static readonly string[] PictureKinds = [".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif"];

    /// <summary>Reads the file through once, in bounded memory, for its pictures; Catalog judges its rows.</summary>
    public static CatalogueFile Open(string path)
    {
        if (!File.Exists(path))
            throw new Trouble($"There is no file {path}.", "Give the path of a product CSV, as Shopify exports it.");
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var names = PicturesNamedIn(path);
        var found = names.Select(name => CataloguePicture.Find(folder, name)).OfType<CataloguePicture>().ToList();
        return new CatalogueFile(path, new FileInfo(path).Length, found,
            [.. names.Where(name => found.All(picture => picture.Named != name))]);
    }

    static List<string> PicturesNamedIn(string path)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var reader = CsvReader.FromFile(path);
            reader.ReadHeader();
            if (!reader.TryGetFieldIndex("Handle", out _) || !reader.TryGetFieldIndex("Title", out _))
                throw new Trouble($"{path} is not a product CSV: its first line names no Handle and Title columns.",
                    "Export the products from Shopify as CSV, or see data/catalogue.csv for an example.");
            var columns = PictureColumns.Select(name => reader.TryGetFieldIndex(name, out var column) ? column : -1).Where(column => column >= 0).ToArray();
            while (reader.Read())
                foreach (var column in columns)
                    if (!reader.IsEmpty(column) && reader.GetString(column).Trim() is var name && !IsAddress(name))
                        names.Add(name);
        }
        catch (CsvFormatException error)
        {
            throw new Trouble($"{path} is not a CSV: {error.Message.Split('\n')[0].TrimEnd('.', '\r')}.", "Mend the file and import it again.");
        }
        return [.. names];
    }

    static bool IsAddress(string name) =>
        name.Contains("://", StringComparison.Ordinal) || name.StartsWith("//", StringComparison.Ordinal) || name.StartsWith("data:", StringComparison.Ordinal);

    /// <summary>Only pictures, and only from below the CSV's folder: a CSV from elsewhere must not publish this machine's files.</summary>
    internal static bool MayUpload(string folder, string file) =>
        file.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
        && PictureKinds.Contains(System.IO.Path.GetExtension(file).ToLowerInvariant());
}

/// <summary>A picture as the CSV names it, and the file that is.</summary>
sealed record CataloguePicture(string Named, string File)
{
    /// <summary>The name that Catalog serves it under.</summary>
    public string Name => Path.GetFileName(File);

    public static CataloguePicture? Find(string folder, string named)
    {
        var file = Path.GetFullPath(Path.Combine(folder, named));
        var info = new FileInfo(file);
        if (!CatalogueFile.MayUpload(folder, file) || !info.Exists)
            return null;
        var target = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file;
        return CatalogueFile.MayUpload(folder, target) ? new CataloguePicture(named, file) : null;
    }
}
