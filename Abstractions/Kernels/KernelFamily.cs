namespace FlashMem.Abstractions.Kernels;

/// <summary>The kernels that a backend implements; attributes and fused programs make the model's operators out of them.</summary>
public enum KernelFamily
{
    MatMul,
    Conv,
    Attention,
    Elementwise,
    Softmax,
    Normalize,
    Reduce,
    Pool,
    Resize,
    Gather,
    Scatter,
    Copy,
}

/// <summary>How a kernel tolerates extra memory traffic (FlashMem paper, Table 5).</summary>
public enum OperatorClass
{
    /// <summary>One pass over the data, tiny base latency; may grow by 300 %.</summary>
    Elemental,

    /// <summary>Reuses what it loads (MatMul, Conv, attention); may grow by 20 %.</summary>
    Reusable,

    /// <summary>Dependent passes (softmax, normalisation, reductions); never overlapped on bandwidth-bound devices.</summary>
    Hierarchical,
}
