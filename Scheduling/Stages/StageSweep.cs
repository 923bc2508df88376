using FlashMem.Graph.Ir;
using FlashMem.Graph.Stages;

namespace FlashMem.Scheduling.Stages;

/// <summary>
/// A stage that grows kernel by kernel from a first one, and what it takes so far. Weights and buffers count once however often they are
/// used. Made once and begun anew for every first kernel, so that looking at all stages of a graph costs no memory.
/// </summary>
internal sealed class StageSweep(KernelGraph graph)
{
    private readonly int[] firstWriters = BufferUse.FirstWriters(graph);
    private readonly int[] weightSeen = new int[graph.Weights.Length];
    private readonly int[] bufferSeen = new int[graph.Buffers.Length];
    private StageDevice device = null!;
    private double computeMs;
    private long weightBytes;
    private long fetchBytes;
    private int round;

    /// <summary>First kernel.</summary>
    public int Start { get; private set; }

    /// <summary>Index behind the last kernel.</summary>
    public int End { get; private set; }

    /// <summary>Milliseconds of the stage, see <see cref="StageDevice.StageMs"/>.</summary>
    public double Ms => device.StageMs(computeMs, weightBytes, fetchBytes);

    /// <summary>Bytes that it takes from earlier stages; each value counts for every stage that takes it.</summary>
    public long ArrivingBytes { get; private set; }

    /// <summary>An empty stage.</summary>
    public void Begin(StageDevice on, int start)
    {
        device = on;
        Start = End = start;
        computeMs = 0;
        weightBytes = fetchBytes = ArrivingBytes = 0;
        round++;
    }

    /// <summary>Adds the next kernel.</summary>
    public void Extend()
    {
        KernelNode kernel = graph.Kernels[End++];
        computeMs += device.KernelMs[kernel.Index];
        fetchBytes += device.FetchBytes[kernel.Index];
        foreach (int weight in kernel.StreamedWeights())
        {
            if (weightSeen[weight] != round)
            {
                weightSeen[weight] = round;
                weightBytes += device.WeightBytes[weight];
            }
        }

        foreach (int buffer in BufferUse.Touched(kernel))
        {
            if (bufferSeen[buffer] != round)
            {
                bufferSeen[buffer] = round;
                ArrivingBytes += firstWriters[buffer] < Start ? graph.Buffers[buffer].Bytes : 0;
            }
        }
    }
}
