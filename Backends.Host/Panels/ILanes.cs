namespace FlashMem.Backends.Host.Panels;

/// <summary>One SIMD width, so that the tile kernels are written once; the JIT specialises them per struct.</summary>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Floats per vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(float* source);

    static abstract TVector Broadcast(float* source);

    static abstract void Store(TVector value, float* target);

    /// <summary>a * b + c, rounded once where the hardware can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);
}
