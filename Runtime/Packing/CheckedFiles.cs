using System.Globalization;
using FlashMem.Runtime.Storage;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// Remembers of which weight files a run has read every chunk and found its checksum right: an empty file in the cache directory, named by
/// the content and the identity of the weight file. A file that is written to, replaced or copied has another identity and is checked anew.
/// </summary>
/// <param name="cacheDirectory">Where caches are kept.</param>
internal sealed class CheckedFiles(string cacheDirectory)
{
    private readonly string directory = Path.Combine(cacheDirectory, "checked");

    /// <summary>True when this state of the file was found right before.</summary>
    public bool Has(WeightFile file) => File.Exists(PathOf(file));

    /// <summary>
    /// Remembers the file's state in place of earlier ones. A cache that cannot be written to only means that the file is checked again.
    /// </summary>
    /// <returns>Why it cannot be remembered; null when it is.</returns>
    public string? TryAdd(WeightFile file)
    {
        try
        {
            Directory.CreateDirectory(directory);
            string path = PathOf(file);
            File.WriteAllBytes(path, []);
            foreach (string earlier in Directory.EnumerateFiles(directory, PlaceOf(file) + "*").Where(other => other != path))
            {
                File.Delete(earlier);
            }

            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private string PathOf(WeightFile file) => Path.Combine(
        directory,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{PlaceOf(file)}{file.Identity.Bytes}-{file.Identity.ModifiedNanoseconds}-{file.ContentHash}"));

    private static string PlaceOf(WeightFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Identity.Device:x}-{file.Identity.Inode:x}-");
}
