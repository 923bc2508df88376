using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Abstractions.Time;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Measures what a simulated twin needs beside the figures of planning; kernels come with models.</summary>
internal sealed class TwinProbe(IDevice device, ProbeQueue queue, ProbeKernels kernels, StorageProbe storage, ProfileOptions options)
{
    private const int AloneReads = 16;
    private const long BusyBytes = 64L << 20;
    private const int FewestReads = 16;
    private const int MostReads = 512;
    private const int BatchedCopies = 8;

    private static readonly int[] ReadSizes = [4 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20];
    private static readonly int[] CopySizes = [64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20];

    private readonly InterferenceProbe interference = new(device, options.Repetitions);

    /// <param name="loads">Copies; null on zero-copy devices.</param>
    /// <param name="curves">Kernels that carry moves.</param>
    /// <param name="stage">Told what is measured.</param>
    public TwinFigures Measure(LoadProbe? loads, ImmutableArray<LoadCapacityCurve> curves, Action<string> stage)
    {
        stage("reads by size and beside kernels, disk");
        ReadFigures disk = Reads(cached: false, loads);
        stage("reads by size and beside kernels, page cache");
        ReadFigures cached = Reads(cached: true, loads);
        stage("copies by size and beside kernels");
        double handover = HandoverSeconds();
        stage("handing over commands");
        return new TwinFigures
        {
            Capabilities = device.Capabilities,
            DiskReads = disk,
            CachedReads = cached,
            Copies = loads is null ? [] : Copies(loads),
            CopyInterference = loads is null
                ? []
                : BesideKernels(DeviceActivity.Copies, ProbeStream.Of(() => loads.CopyOf(options.ChunkBytes))),
            CarriedCosts = [.. curves.Where(curve => curve.Mode == MoveMode.InKernel).Select(CostOf)],
            Handover = new Figure(
                handover, "s", FigureKind.Measured, "a read and a kernel of one element that waits for it, less each alone"),
            Driver = loads is null ? null : HandingOver(loads),
            HostReadBandwidth = new Figure(
                HostReadBytesPerSecond(), "B/s", FigureKind.Measured, $"the host reading {options.TransferBytes} bytes of activations"),
            RunOverhead = new Figure(0, "s", FigureKind.Estimate, "no model was measured"),
            Kernels = [],
        };
    }

    private ReadFigures Reads(bool cached, LoadProbe? loads)
    {
        using ReadStream stream = storage.OpenStream(cached);
        var paced = new PacedReads(device, queue, kernels.Reusable, options.Repetitions);
        ImmutableArray<SizedTime> times =
            [.. ReadSizes.Where(size => size <= stream.LargestBytes).Select(size => TimeOf(stream, paced, size))];
        (_, double wake) = paced.Measure(stream, ReadSizes[0], times[0].AloneSeconds);
        var chunks = new ProbeStream(count => stream.Issue(options.ChunkBytes, count));
        ImmutableArray<Interference> beside = BesideKernels(DeviceActivity.Reads, chunks);
        if (loads is not null)
        {
            (double reads, double copies) = interference.Measure(chunks, ProbeStream.Of(() => loads.CopyOf(options.ChunkBytes)));
            beside =
            [
                .. beside,
                new Interference(DeviceActivity.Reads, DeviceActivity.Copies, null, reads),
                new Interference(DeviceActivity.Copies, DeviceActivity.Reads, null, copies),
            ];
        }

        return new ReadFigures(times, beside, wake);
    }

    private ImmutableArray<Interference> BesideKernels(DeviceActivity activity, ProbeStream stream)
    {
        var found = ImmutableArray.CreateBuilder<Interference>();
        foreach (DispatchCommand command in (DispatchCommand[])[kernels.Elemental, kernels.LargeProduct, kernels.Hierarchical])
        {
            OperatorClass operatorClass = command.Kernel.Desc.Class;
            (double other, double kernel) = interference.Measure(stream, ProbeStream.Of(() => queue.Dispatch(command)));
            found.Add(new Interference(activity, DeviceActivity.Kernels, operatorClass, other));
            found.Add(new Interference(DeviceActivity.Kernels, activity, operatorClass, kernel));
        }

        return found.DrainToImmutable();
    }

    private DriverCosts HandingOver(LoadProbe loads)
    {
        using ReadStream reads = storage.OpenStream(cached: true);
        return new DriverProbe(queue, kernels, loads, reads, (int)Math.Min(options.ChunkBytes, reads.LargestBytes)).Measure();
    }

    private double HandoverSeconds()
    {
        using ReadStream stream = storage.OpenStream(cached: true);
        int bytes = ReadSizes[0];
        double kernel = MedianSeconds(AloneReads, () => queue.Dispatch(kernels.Nothing).Wait());
        double read = MedianSeconds(AloneReads, () => stream.Issue(bytes, 1).Wait());
        double both = MedianSeconds(AloneReads, () => queue.Dispatch(kernels.Nothing, stream.Issue(bytes, 1)).Wait());
        return Math.Max(0, both - read - kernel);
    }

    private SizedTime TimeOf(ReadStream stream, PacedReads paced, int bytes)
    {
        int count = (int)Math.Clamp(BusyBytes / bytes, FewestReads, MostReads);
        double busy = MedianSeconds(options.Repetitions, () => stream.Issue(bytes, count).Wait()) / count;
        double alone = MedianSeconds(AloneReads, () => stream.Issue(bytes, 1).Wait());
        (double beside, _) = paced.Measure(stream, bytes, alone);
        return new SizedTime(bytes, busy, alone, beside);
    }

    private ImmutableArray<SizedTime> Copies(LoadProbe loads)
    {
        var times = ImmutableArray.CreateBuilder<SizedTime>();
        foreach (int bytes in CopySizes.Where(size => size <= options.TransferBytes))
        {
            double busy = MedianSeconds(options.Repetitions, () => ProbeStream.Of(() => loads.CopyOf(bytes)).Issue(BatchedCopies).Wait());
            double alone = MedianSeconds(options.Repetitions, () => loads.CopyOf(bytes).Wait());
            times.Add(new SizedTime(bytes, busy / BatchedCopies, alone, alone));
        }

        return times.DrainToImmutable();
    }

    private double HostReadBytesPerSecond()
    {
        using IDeviceMemory memory = device.Allocate(MemoryTier.Activation, options.TransferBytes);
        var result = new byte[options.TransferBytes];
        memory.Write(0, result);
        return options.TransferBytes / MedianSeconds(options.Repetitions, () => memory.Read(0, result));
    }

    private double MedianSeconds(int repetitions, Action action)
    {
        action();
        var times = new double[repetitions];
        for (int i = 0; i < repetitions; i++)
        {
            DeviceTime start = device.Now;
            action();
            times[i] = (device.Now - start).Milliseconds / 1e3;
        }

        Array.Sort(times);
        return times[repetitions / 2];
    }

    private static CarriedCost CostOf(LoadCapacityCurve curve)
    {
        LoadPoint last = curve.Points[^1];
        double milliseconds = Math.Max(0, last.Milliseconds - curve.Points[0].Milliseconds);
        return new CarriedCost(curve.Class, milliseconds / 1e3 / Math.Max(1, last.ExtraBytes));
    }
}
