namespace FlashMem.Simulator.Pipelines;

/// <summary>How a network's layers go through read, copy and kernel (Demand Layering, arXiv 2210.04024).</summary>
public enum PipelineKind
{
    /// <summary>Everything is read and copied before the first kernel.</summary>
    Preload,

    /// <summary>One layer after the other: read, copy, kernel.</summary>
    Sequential,

    /// <summary>Cycles in which one layer is read, the one before it copied and the one before that run; a cycle ends when all three have.</summary>
    Synchronous,

    /// <summary>Every stage goes on as soon as it has a layer and its ring has room: one ring of the host's, one of the device's.</summary>
    Asynchronous,

    /// <summary>Asynchronous without the copy: kernels read the one ring into which storage reads (memory shared by host and device).</summary>
    TwoStage,
}
