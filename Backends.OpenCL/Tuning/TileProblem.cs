using System.Collections.Immutable;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>What there is to choose for a kernel.</summary>
/// <param name="Signature">
/// What the choice depends on besides the device and its driver: family, extents, runs and element types, images or buffers. Kernels that
/// differ only in what they fuse share it.
/// </param>
/// <param name="Candidates">Distinct tiles that are legal on the device; the first is the table's choice.</param>
internal sealed record TileProblem(string Signature, ImmutableArray<KernelTiles> Candidates)
{
    /// <summary>A problem whose candidates are the table's choice and whatever else differs from it.</summary>
    public static TileProblem Of(string signature, KernelTiles table, IEnumerable<KernelTiles> others) =>
        new(signature, [.. others.Prepend(table).DistinctBy(tiles => tiles.Text)]);
}
