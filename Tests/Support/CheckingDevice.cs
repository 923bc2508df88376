using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Abstractions.Tracing;

namespace FlashMem.Tests.Support;

/// <summary>
/// A device that looks for races. It has no threads: whoever waits makes it take one random step after the other. A step begins or ends a
/// command, so that commands on different lanes overlap in every way that their waits allow. Kernels look at their weights when they
/// begin and when they end (see <see cref="SyntheticKernel"/>), storage scribbles over its target when a read begins, and a copy over its
/// own, whose source must stay what it was until it ends. Without zero copy every command must use memory of the tier that it belongs to.
/// Its clock counts steps.
/// </summary>
internal sealed class CheckingDevice : IDevice
{
    private readonly Random random;
    private readonly HashSet<CheckingMemory> allocations = [];
    private readonly CheckingQueue compute;
    private readonly CheckingQueue transfer;
    private long now;
    private bool stepping;

    public CheckingDevice(int seed, SyntheticModel model, long workspaceBytes = 0, bool zeroCopy = true)
    {
        random = new Random(seed);
        compute = new CheckingQueue(this, TraceLane.Compute, model);
        transfer = new CheckingQueue(this, TraceLane.Transfer, model);
        Reader = new CheckingStorage(this, model, random);
        Capabilities = new DeviceCapabilities
        {
            ZeroCopy = zeroCopy, PanelWidth = 32, WorkspaceBytes = workspaceBytes, TextureBlockBytes = 64 * 1024,
            CarriedMoves = CarriedMoves.Anywhere,
        };
        Spec = new DeviceSpec
        {
            Name = "checking",
            StorageBandwidth = new Figure(1e9, "B/s", FigureKind.Estimate, "test"),
            StorageLatency = new Figure(1e-4, "s", FigureKind.Estimate, "test"),
            TransferBandwidth = new Figure(10e9, "B/s", FigureKind.Estimate, "test"),
            MemoryBandwidth = new Figure(10e9, "B/s", FigureKind.Estimate, "test"),
            ComputeRate = new Figure(1e11, "FLOP/s", FigureKind.Estimate, "test"),
            LaunchLatency = new Figure(1e-6, "s", FigureKind.Estimate, "test"),
            ZeroCopy = zeroCopy,
        };
    }

    public string Name => "checking";

    public DeviceSpec Spec { get; }

    public DeviceCapabilities Capabilities { get; }

    public IDeviceQueue ComputeQueue => compute;

    public IDeviceQueue TransferQueue => transfer;

    public CheckingStorage Reader { get; }

    public IWeightStorage? Storage => Reader;

    public ITraceSink? Trace { get; set; }

    public DeviceTime Now => new(now);

    /// <summary>When nothing can go on, leave the waiter waiting instead of reporting a deadlock.</summary>
    public bool MayStall { get; set; }

    public long AllocatedBytes => allocations.Sum(memory => memory.Bytes);

    /// <summary>Chunk moves inside kernels and on the transfer queue that were carried out.</summary>
    public int Moves { get; set; }

    public IDeviceMemory Allocate(MemoryTier tier, long bytes)
    {
        var memory = new CheckingMemory(tier, bytes, freed => allocations.Remove(freed));
        allocations.Add(memory);
        return memory;
    }

    public ICompiledKernel Prepare(KernelDesc kernel) => new SyntheticKernel(kernel);

    public Timeline CreateTimeline(string name) => new CheckingTimeline(name, this);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public void RunUntil(Func<bool> done)
    {
        if (stepping)
        {
            throw new InvalidOperationException("a callback waited inside the device");
        }

        while (!done())
        {
            Action[] choices = [.. compute.Choices(), .. transfer.Choices(), .. Reader.Choices()];
            if (choices.Length == 0)
            {
                if (MayStall)
                {
                    return;
                }

                throw new InvalidOperationException("deadlock: every command waits for another");
            }

            now += 1000;
            stepping = true;
            try
            {
                choices[random.Next(choices.Length)]();
            }
            finally
            {
                stepping = false;
            }
        }
    }

    /// <summary>The cause why a command with these waits cannot run; null when it can or may later.</summary>
    internal static Exception? FailureOf(TimePoint[] waits) =>
        waits.Where(wait => !wait.IsReached).Select(wait => wait.Timeline.Failure).FirstOrDefault(cause => cause is not null);

    internal static bool AreReached(TimePoint[] waits) => waits.All(wait => wait.IsReached);
}
