using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Zoo;

/// <summary>Makes a zoo model's weights by the fill rule instead of reading them from a file.</summary>
public sealed class ZooWeightReader : IWeightReader
{
    /// <summary>Fills whole elements; the offset is a multiple of the element size.</summary>
    public void Read(WeightRef weight, long byteOffset, Span<byte> destination)
    {
        int size = weight.Type.SizeInBytes();
        if (byteOffset % size != 0 || destination.Length % size != 0)
        {
            throw new ArgumentException($"bytes {byteOffset}+{destination.Length} of '{weight.Name}' are not whole elements");
        }

        new FillRule(weight.Name, weight.Type, weight.Shape).Fill(byteOffset / size, destination);
    }
}
