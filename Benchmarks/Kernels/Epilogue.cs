namespace FlashMem.Benchmarks.Kernels;

/// <summary>What follows a measured product before its result is stored.</summary>
internal enum Epilogue
{
    None,
    Bias,
    BiasRelu,
    BiasGelu,
    BiasResidual,
    BiasResidualRelu,
}
