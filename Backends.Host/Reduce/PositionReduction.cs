using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Position of the first largest or smallest element.</summary>
internal sealed unsafe class PositionReduction(ReduceKernel desc) : IResultReduction
{
    private readonly bool integer = desc.Inputs[0].Type == ElementType.Int32;
    private readonly bool largest = desc.Op == ReduceOp.ArgMaximum;

    public float Reduce(NestCursor elements, nint start, float* tile)
    {
        long count = elements.Nest.Count;
        int best = 0;
        double bestValue = 0;
        for (int i = 0; i < count; i++)
        {
            float* element = elements.At(0, start);
            double value = integer ? *(int*)element : *element;
            if (i == 0 || (largest ? value > bestValue : value < bestValue))
            {
                best = i;
                bestValue = value;
            }

            elements.Advance(1);
        }

        return BitConverter.Int32BitsToSingle(best);
    }
}
