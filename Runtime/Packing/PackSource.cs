using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Runtime.Packing;

/// <summary>A tensor that a weight is packed from: its elements in dense row-major order. Thread-safe.</summary>
internal abstract class PackSource(string name, ElementType type, long elements)
{
    public string Name { get; } = name;

    public ElementType Type { get; } = type;

    public long Elements { get; } = elements;

    public abstract void Read(long byteOffset, Span<byte> destination);

    /// <summary>Says that a range will be read soon.</summary>
    public virtual void Prefetch(long byteOffset, long bytes)
    {
    }

    /// <summary>Opens the source of a weight; a computed one is computed here, from its own weights.</summary>
    public static PackSource Open(KernelWeight weight, SourceFiles files) => weight.Source switch
    {
        StoredSource stored => new FileSource(weight.Name, stored.Tensor, files),
        ComputedSource computed => new MemorySource(weight.Name, ConstantEvaluator.Evaluate(computed.Graph, files)),
        null => throw new ModelException($"weight '{weight.Name}' has no source: the graph was read back from a weight file"),
        _ => throw new ModelException($"weight '{weight.Name}' comes from a {weight.Source.GetType().Name}, which cannot be packed"),
    };

    private sealed class FileSource(string name, WeightRef tensor, SourceFiles files)
        : PackSource(name, tensor.Type, tensor.Shape.ElementCount)
    {
        public override void Read(long byteOffset, Span<byte> destination) => files.Read(tensor, byteOffset, destination);

        public override void Prefetch(long byteOffset, long bytes) => files.Prefetch(tensor, byteOffset, bytes);
    }

    private sealed class MemorySource(string name, ConstantTensor tensor) : PackSource(name, tensor.Type, tensor.Shape.ElementCount)
    {
        public override void Read(long byteOffset, Span<byte> destination) =>
            tensor.Bytes.AsSpan().Slice(checked((int)byteOffset), destination.Length).CopyTo(destination);
    }
}
