using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Memory;

namespace FlashMem.Backends.OpenCL.Moves;

/// <summary>What one launch moves, and how its work-items share that.</summary>
/// <param name="Source">Staging.</param>
/// <param name="Target">Texture memory.</param>
/// <param name="Element">Type of the weights: a texel is four of them.</param>
/// <param name="Runs">One to <see cref="DispatchCommand.MostMoveRuns"/>.</param>
/// <param name="Items">Work-items that move.</param>
/// <param name="Rounds">Texels that each of them moves.</param>
internal sealed record ClMoveShare(
    IDeviceMemory Source, IDeviceMemory Target, ElementType Element, ImmutableArray<ClTexelRun> Runs, long Items, int Rounds)
{
    private int TexelBytes => 4 * Element.SizeInBytes();

    /// <summary>The parameters of moves.cl: source, target, ends of the runs, and what to add to texel numbers for source and target.</summary>
    public (nint Source, nint Target, uint[] Ends, uint[] From, uint[] To) Locate()
    {
        var ends = new uint[DispatchCommand.MostMoveRuns];
        var from = new uint[ends.Length];
        var to = new uint[ends.Length];
        uint end = 0;
        nint source = 0;
        nint target = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            if (i < Runs.Length)
            {
                ClTexelRun run = Runs[i];
                (source, uint first) = LocateSource(run);
                (nint memory, uint place) = LocateTarget(run);
                if (i > 0 && memory != target)
                {
                    throw new DeviceException("opencl: one kernel cannot carry moves to two images");
                }

                target = memory;
                from[i] = unchecked(first - end);
                to[i] = unchecked(place - end);
                end = checked(end + (uint)run.Texels);
            }
            else
            {
                (from[i], to[i]) = (from[i - 1], to[i - 1]);
            }

            ends[i] = end;
        }

        return (source, target, ends, from, to);
    }

    private (nint Memory, uint Texel) LocateSource(ClTexelRun run)
    {
        if (Source is not ClStagingMemory staging)
        {
            throw new DeviceException($"opencl: kernels carry moves from staging, not from {Source.Tier} memory");
        }

        (nint buffer, long offset) = staging.Locate(run.Source);
        return (buffer, Texel(offset));
    }

    private (nint Memory, uint Texel) LocateTarget(ClTexelRun run)
    {
        if (Target is not ClTextureMemory texture)
        {
            return Target is ClDeviceMemory { Tier: MemoryTier.Texture } buffer
                ? (buffer.Buffer, Texel(run.Target))
                : throw new DeviceException($"opencl: kernels carry moves to texture memory, not to {Target.Tier} memory");
        }

        if (texture.Element != Element)
        {
            throw new DeviceException($"opencl: a kernel carries {Element} weights to textures of {texture.Element}");
        }

        (nint image, uint texel) = texture.Locate(run.Target);
        (nint last, _) = texture.Locate(run.Target + ((run.Texels - 1) * TexelBytes));
        return image == last ? (image, texel) : throw new DeviceException("opencl: one kernel cannot carry moves to two images");
    }

    private uint Texel(long offset) => offset % TexelBytes == 0 && offset / TexelBytes <= uint.MaxValue
        ? (uint)(offset / TexelBytes)
        : throw new DeviceException($"opencl: byte {offset} is no texel of {TexelBytes} bytes that kernels can count");
}
