using System.Globalization;
using System.IO.Hashing;
using System.Reflection;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>
/// Tuned tiles of a device, one file for each kernel signature, keyed also by the device, its driver and the kernels' source. An entry that
/// is damaged, stale or names tiles that are no candidates (any more) is deleted and counts as absent. Thread-safe.
/// </summary>
internal sealed class TileStore
{
    private const string WeightSignature = "streamed weights";
    private const string InImages = "images";
    private const string InBuffers = "buffers";
    private const ulong Magic = 0x454C49544D4C4643;

    private readonly Lock gate = new();
    private readonly KeyedFiles files;
    private readonly OpenClDeviceInfo device;
    private readonly Lazy<string> kernelSource = new(HashOfKernels);
    private readonly Dictionary<string, TileEntry?> known = [];

    /// <param name="directory">Where the entries are; made when first written to.</param>
    /// <param name="device">Whose.</param>
    public TileStore(string directory, OpenClDeviceInfo device)
    {
        files = new KeyedFiles(directory, ".tiles", Magic, "a tuned choice");
        this.device = device;
    }

    /// <summary>Entries that were deleted so far because they could not be used.</summary>
    public int Discarded { get; private set; }

    /// <summary>What was wrong with the last of them; null when all were good.</summary>
    public string? Problem { get; private set; }

    /// <summary>Where streamed weights are faster, in images or in buffers; null when that was not tuned.</summary>
    public bool? WeightImages
    {
        get
        {
            string? verdict = Entry(WeightSignature, [InImages, InBuffers])?.Tiles;
            return verdict is null ? null : verdict == InImages;
        }
    }

    /// <summary>A store where the tuner has left something; null where it never ran, so that nothing is looked for.</summary>
    public static TileStore? Existing(string? directory, OpenClDeviceInfo device) =>
        directory is not null && Directory.Exists(directory) ? new TileStore(directory, device) : null;

    /// <summary>The tuned tiles of a kernel, one of its candidates; null when there are none.</summary>
    public KernelTiles? Find(TileProblem problem) => Entry(problem) is { } entry
        ? problem.Candidates.First(tiles => tiles.Text == entry.Tiles)
        : null;

    /// <summary>The whole entry of a kernel; null when there is none.</summary>
    public TileEntry? Entry(TileProblem problem) => Entry(problem.Signature, problem.Candidates.Select(tiles => tiles.Text));

    /// <summary>Keeps an entry; returns why it could not, null when it could.</summary>
    public string? Write(TileEntry entry)
    {
        lock (gate)
        {
            known[entry.Kernel] = entry;
            return files.Write(KeyOf(entry.Kernel), entry.ToBytes());
        }
    }

    /// <summary>Keeps where weights are faster, with the milliseconds of both; returns why it could not, null when it could.</summary>
    public string? WriteWeightImages(double imagesMs, double buffersMs) => Write(new TileEntry(
        WeightSignature, imagesMs <= buffersMs ? InImages : InBuffers, 2, 2, imagesMs, Math.Min(imagesMs, buffersMs)));

    /// <summary>The file of a signature.</summary>
    internal string PathOf(string signature) => files.PathOf(KeyOf(signature));

    private static string HashOfKernels()
    {
        var hash = new XxHash128();
        Assembly assembly = typeof(TileStore).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            hash.Append(stream);
        }

        return hash.GetCurrentHashAsUInt128().ToString("x32", CultureInfo.InvariantCulture);
    }

    private TileEntry? Entry(string signature, IEnumerable<string> possible)
    {
        lock (gate)
        {
            if (!known.TryGetValue(signature, out TileEntry? entry))
            {
                known.Add(signature, entry = Read(signature, possible));
            }

            return entry;
        }
    }

    private TileEntry? Read(string signature, IEnumerable<string> possible)
    {
        ProgramKey key = KeyOf(signature);
        byte[]? bytes = files.Read(key, out string? problem);
        TileEntry? entry = bytes is null ? null : TileEntry.TryParse(bytes, out problem);
        if (entry is not null && (entry.Kernel != signature || !possible.Contains(entry.Tiles)))
        {
            problem = $"'{entry.Tiles}' is no choice for '{signature}'";
            entry = null;
        }

        if (problem is not null)
        {
            files.Delete(key);
            Discarded++;
            Problem = problem.StartsWith(files.PathOf(key), StringComparison.Ordinal) ? problem : $"{files.PathOf(key)}: {problem}";
        }

        return entry;
    }

    private ProgramKey KeyOf(string signature) => ProgramKey.Of(
        signature,
        ClProgramStore.BuildOptions,
        device,
        string.Create(
            CultureInfo.InvariantCulture, $"{kernelSource.Value} {device.ComputeUnits} {device.MaxWorkGroup} {device.LocalBytes}"));
}
