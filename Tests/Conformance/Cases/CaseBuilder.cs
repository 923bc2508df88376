using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Support;

namespace FlashMem.Tests.Conformance.Cases;

/// <summary>Collects the inputs of a random kernel: their views and what is in their buffers.</summary>
internal sealed class CaseBuilder(Random random, int depthInterleave = 1)
{
    private readonly List<TensorView> views = [];
    private readonly List<ReferenceMemory> buffers = [];

    public Random Random => random;

    /// <summary>How the device wants weight panels.</summary>
    public int DepthInterleave => depthInterleave;

    public ImmutableArray<TensorView> Views => [.. views];

    public ImmutableArray<ReferenceMemory> Buffers => [.. buffers];

    /// <summary>A view without shared addresses: any memory order, gaps, axes in several factors.</summary>
    public TensorView OutputView(Shape shape, ElementType type = ElementType.Float32) =>
        random.Next(3) == 0 ? TensorView.Dense(type, shape) : KernelHarness.RandomView(shape, random).WithType(type);

    /// <summary>A view for reading: as an output's, or walked backwards, or repeating along some axes.</summary>
    public TensorView InputView(Shape shape, ElementType type = ElementType.Float32)
    {
        TensorView view = OutputView(shape, type);
        int axis = shape.Rank == 0 ? -1 : random.Next(shape.Rank);
        return random.Next(6) switch
        {
            0 when axis >= 0 && shape[axis] > 1 => view.TrySlice(axis, shape[axis] - 1, shape[axis], -1) ?? view,
            1 when axis >= 0 => KernelHarness.Broadcast(shape, axis).WithType(type),
            2 => KernelHarness.Broadcast(shape).WithType(type),
            _ => view,
        };
    }

    /// <summary>Adds an input whose buffer holds random numbers: floats in [-1, 1], integers in [-8, 8].</summary>
    public void Add(TensorView view) => Add(view, () => view.Type == ElementType.Int32
        ? random.Next(-8, 9) : (random.NextDouble() * 2) - 1);

    /// <summary>Adds an input whose buffer holds given numbers.</summary>
    public void Add(TensorView view, Func<double> value)
    {
        var buffer = new ReferenceMemory(view.Type, view.UpperBound);
        for (long i = 0; i < buffer.Length; i++)
        {
            buffer.Store(i, value());
        }

        views.Add(view);
        buffers.Add(buffer);
    }

    /// <summary>Half the time an epilogue for results of a type; adds its operands as inputs.</summary>
    public ElementwiseProgram? Epilogue(Shape output, ElementType type)
    {
        if (random.Next(2) == 0)
        {
            return null;
        }

        ElementType[] operands = [type, .. Enumerable.Range(0, random.Next(4)).Select(_ => type)];
        foreach (ElementType operand in operands.Skip(1))
        {
            Add(InputView(output, operand));
        }

        return RandomPrograms.Create(operands, type, random);
    }

    /// <summary>A number from a range, both ends included.</summary>
    public int Number(int least, int most) => random.Next(least, most + 1);
}
