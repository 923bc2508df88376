using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Reads bytes of weights at packing.</summary>
public interface IWeightReader
{
    /// <summary>
    /// Fills the destination from the weight's bytes starting at <paramref name="byteOffset"/>. Throws
    /// <see cref="Abstractions.Errors.ModelException"/> when the bytes cannot be had. Thread-safe.
    /// </summary>
    void Read(WeightRef weight, long byteOffset, Span<byte> destination);
}
