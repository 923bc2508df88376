using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Moves;

/// <summary>
/// How a kernel carries moves of weight chunks: a second form of its function, with Kernels/moves.cl at work, whose last parameters say what
/// to move. The kernel's launches share the texels by their work-items.
/// </summary>
/// <param name="Element">Type of the weights: a texel is four of them.</param>
/// <param name="Function">The form that moves.</param>
/// <param name="Movers">Work-items of a launch that come to the moves; null when all do.</param>
internal sealed record ClMoves(ElementType Element, ClFunction Function, long? Movers = null)
{
    /// <summary>Adds moves.cl, at work where the traits name carried weights, without effect elsewhere.</summary>
    public static ClSource Add(ClSource source, ClTraits traits)
    {
        source.Define("MOVES", traits.CarriedWeights is not null);
        if (traits.CarriedWeights is { } element)
        {
            source
                .Define("MOVE_HALF", element == ElementType.Float16)
                .Define("MOVE_IMAGES", traits.WeightImages)
                .Define("MOVE_CUTS", traits.CutMoveLoops);
        }

        return source.Helper("moves");
    }

    /// <summary>The launches with the command's moves shared among them.</summary>
    public ImmutableArray<ClLaunch> Carry(ImmutableArray<ClLaunch> launches, DispatchCommand command)
    {
        ImmutableArray<ClTexelRun> runs = RunsOf(command);
        if (runs.IsEmpty)
        {
            return launches;
        }

        if (launches.IsEmpty)
        {
            throw new DeviceException($"opencl: kernel '{command.Kernel.Desc.Name}' does nothing here, so it carries no moves");
        }

        long texels = runs.Sum(run => run.Texels);
        long work = launches.Sum(WorkItems);
        long taken = 0;
        long before = 0;
        var carrying = ImmutableArray.CreateBuilder<ClLaunch>(launches.Length);
        foreach (ClLaunch launch in launches)
        {
            before += WorkItems(launch);
            long end = (long)((Int128)texels * before / work);
            carrying.Add(end == taken ? launch : Carry(launch, command, Part(runs, taken, end), end - taken));
            taken = end;
        }

        return carrying.MoveToImmutable();
    }

    private static long WorkItems(ClLaunch launch) => launch.Global.X * launch.Global.Y * launch.Global.Z;

    private ClLaunch Carry(ClLaunch launch, DispatchCommand command, ImmutableArray<ClTexelRun> runs, long texels)
    {
        // As few rounds as the work-items allow, then whole work-groups of as few work-items as these rounds need.
        long movers = Movers ?? WorkItems(launch);
        long rounds = (texels + movers - 1) / movers;
        long group = launch.Local is { } local ? local.X * local.Y * local.Z : 1;
        long items = Math.Min(((((texels + rounds - 1) / rounds) + group - 1) / group) * group, movers);
        var share = new ClMoveShare(
            command.Moves[0].Source.Memory, command.Moves[0].Target.Memory, Element, runs, items, checked((int)rounds));
        return launch with { Function = Function, Arguments = launch.Arguments.Add(ClArgument.Moves(share)) };
    }

    /// <summary>The command's moves as runs; a move that goes on where the one before it ends belongs to its run.</summary>
    private ImmutableArray<ClTexelRun> RunsOf(DispatchCommand command)
    {
        int texelBytes = 4 * Element.SizeInBytes();
        var runs = new List<ClTexelRun>();
        foreach (CopyCommand move in command.Moves.Where(move => move.Source.Bytes > 0))
        {
            (MemoryRange source, MemoryRange target) = (move.Source, move.Target);
            if (source.Bytes % texelBytes != 0 || source.Bytes > target.Bytes
                || source.Memory != command.Moves[0].Source.Memory || target.Memory != command.Moves[0].Target.Memory)
            {
                throw new DeviceException(
                    $"opencl: kernel '{command.Kernel.Desc.Name}' cannot carry move '{move.Label}' of {source.Bytes} bytes into {target.Bytes}: "
                    + $"it moves whole texels of {texelBytes} bytes, from one memory to one memory");
            }

            long texels = source.Bytes / texelBytes;
            if (runs.Count > 0 && runs[^1] is var last && source.Offset == last.Source + (last.Texels * texelBytes)
                && target.Offset == last.Target + (last.Texels * texelBytes))
            {
                runs[^1] = last with { Texels = last.Texels + texels };
            }
            else
            {
                runs.Add(new ClTexelRun(source.Offset, target.Offset, texels));
            }
        }

        return runs.Count <= DispatchCommand.MostMoveRuns
            ? [.. runs]
            : throw new DeviceException(
                $"opencl: kernel '{command.Kernel.Desc.Name}' cannot carry {runs.Count} runs of bytes; "
                + $"a kernel moves at most {DispatchCommand.MostMoveRuns}");
    }

    /// <summary>Texels [start, end) of the runs.</summary>
    private ImmutableArray<ClTexelRun> Part(ImmutableArray<ClTexelRun> runs, long start, long end)
    {
        int texelBytes = 4 * Element.SizeInBytes();
        var part = ImmutableArray.CreateBuilder<ClTexelRun>();
        long first = 0;
        foreach (ClTexelRun run in runs)
        {
            long from = Math.Clamp(start - first, 0, run.Texels);
            long to = Math.Clamp(end - first, 0, run.Texels);
            if (to > from)
            {
                part.Add(new ClTexelRun(run.Source + (from * texelBytes), run.Target + (from * texelBytes), to - from));
            }

            first += run.Texels;
        }

        return part.ToImmutable();
    }
}
