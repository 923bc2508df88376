using FlashMem.Simulator.Engine;

namespace FlashMem.Simulator.Pipelines;

/// <summary>
/// The pipelines without cycles as events: storage, copy engine and compute serve layers in order, each when the layer has come from the
/// stage before it, its ring has room, and the stage is free.
/// </summary>
internal sealed class StagedPipeline
{
    private readonly IReadOnlyList<PipelineLayer> layers;
    private readonly LayerRing host;
    private readonly LayerRing? device;
    private readonly EventQueue<Stage> events = new();
    private readonly long[] kernelEnds;

    // Next layer of every stage, and whether the stage is busy with the one before it.
    private readonly int[] next = new int[3];
    private readonly bool[] busy = new bool[3];
    private int read;
    private int copied;

    /// <param name="layers">In order of execution.</param>
    /// <param name="host">Where storage reads to.</param>
    /// <param name="device">Where copies go; null when kernels work in <paramref name="host"/>.</param>
    public StagedPipeline(IReadOnlyList<PipelineLayer> layers, LayerRing host, LayerRing? device)
    {
        this.layers = layers;
        this.host = host;
        this.device = device;
        kernelEnds = new long[layers.Count];
    }

    private enum Stage
    {
        Read,
        Copy,
        Kernel,
    }

    /// <summary>End of every layer's kernel.</summary>
    public long[] Run()
    {
        StartWhatCan(0);
        while (events.TryPop(out long time, out Stage stage))
        {
            Complete(stage, time);
            StartWhatCan(time);
        }

        return kernelEnds;
    }

    private void Complete(Stage stage, long time)
    {
        busy[(int)stage] = false;
        switch (stage)
        {
            case Stage.Read:
                read++;
                copied += device is null ? 1 : 0;
                break;
            case Stage.Copy:
                copied++;
                host.Free();
                break;
            default:
                kernelEnds[next[(int)Stage.Kernel] - 1] = time;
                (device ?? host).Free();
                break;
        }
    }

    private void StartWhatCan(long time)
    {
        if (CanStart(Stage.Read) && host.TryTake(layers[next[0]].Bytes))
        {
            Start(Stage.Read, time, layers[next[0]].Read);
        }

        if (device is not null && CanStart(Stage.Copy) && next[1] < read && device.TryTake(layers[next[1]].Bytes))
        {
            Start(Stage.Copy, time, layers[next[1]].Copy);
        }

        if (CanStart(Stage.Kernel) && next[2] < copied)
        {
            Start(Stage.Kernel, time, layers[next[2]].Kernel);
        }
    }

    private bool CanStart(Stage stage) => !busy[(int)stage] && next[(int)stage] < layers.Count;

    private void Start(Stage stage, long time, long duration)
    {
        busy[(int)stage] = true;
        next[(int)stage]++;
        events.Push(time + duration, stage);
    }
}
