using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Native;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Moves;

/// <summary>
/// Tries on a driver what moves inside kernels need and the standard leaves open: that kernels find in mapped staging what the host wrote
/// last, and that halves, subnormal ones too, pass through <c>write_imagef</c> with all their bits. Moves every half that is a number,
/// several times with other neighbours.
/// </summary>
internal static unsafe class ClMoveProbe
{
    private const string Entry = "moves_alone";
    private const int Rounds = 3;
    private const int Halves = 1 << 16;
    private const int Bytes = Halves * sizeof(ushort);

    /// <summary>Why kernels of this driver cannot carry moves; null when they can.</summary>
    public static string? Refusal(ClContext context, ClProgramStore programs, ClTraits traits, nint fault)
    {
        try
        {
            using var staging = new ClStagingMemory(context, Bytes);
            using ClMemory target = traits.WeightImages
                ? new ClTextureMemory(context, ElementType.Float16, Bytes, Bytes)
                : new ClDeviceMemory(context, MemoryTier.Texture, Bytes);
            ClBoundLaunch launch = Bind(programs, traits, staging, target, fault);
            var moved = new ushort[Halves];
            for (int round = 0; round < Rounds; round++)
            {
                Span<ushort> written = new((void*)staging.HostAddress, Halves);
                Fill(written, round);
                Run(context, launch);
                target.Read(0, MemoryMarshal.AsBytes(moved.AsSpan()));
                int wrong = moved.AsSpan().CommonPrefixLength(written);
                if (wrong < Halves)
                {
                    return $"kernels of {context.Device.Name} read or write halves otherwise than the host wrote them to mapped memory: "
                        + $"{moved[wrong]:X4} instead of {written[wrong]:X4}";
                }
            }

            return null;
        }
        catch (DeviceException cause)
        {
            return cause.Message;
        }
    }

    private static ClBoundLaunch Bind(
        ClProgramStore programs, ClTraits traits, ClStagingMemory staging, ClMemory target, nint fault)
    {
        var source = new ClSource();
        ClMoves.Add(source, traits with { CarriedWeights = ElementType.Float16 });
        var function = new ClFunction(source.Build(Entry), Entry);
        const int texels = Halves / 4;
        const int items = texels / 8;
        var share = new ClMoveShare(staging, target, ElementType.Float16, [new ClTexelRun(0, 0, texels)], items, texels / items);
        var launch = new ClLaunch(function, [ClArgument.Int(0), ClArgument.Moves(share)], new ClRange(items));
        return ClBoundLaunch.Bind(launch, programs.Get(function), ElementType.Float16, fault);
    }

    /// <summary>All halves but those that are no numbers, from another one on in every round.</summary>
    private static void Fill(Span<ushort> halves, int round)
    {
        for (int i = 0; i < halves.Length; i++)
        {
            ushort bits = (ushort)(i + (round * 12345));
            halves[i] = (bits & 0x7FFF) > 0x7C00 ? (ushort)round : bits;
        }
    }

    private static void Run(ClContext context, ClBoundLaunch launch)
    {
        launch.SetArguments();
        fixed (nuint* global = launch.Global)
        {
            ClStatus.Check(
                context.Api.EnqueueNdrangeKernel(
                    context.HostQueue, launch.Kernel.Handle, launch.Dimensions, null, global, null, 0, null, null),
                "clEnqueueNDRangeKernel",
                Entry);
        }

        ClStatus.Check(context.Api.Finish(context.HostQueue), "clFinish");
    }
}
