using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Operators;

/// <summary>
/// Concat: the parts' producers write straight into the result where their buffers can become part of it; other parts (graph inputs,
/// constants, views of something else) are copied.
/// </summary>
internal static class ConcatOperator
{
    /// <summary>
    /// A large part that was finished this many kernels ago is copied instead: placed, it would keep the room of the whole result alive
    /// since then.
    /// </summary>
    private const int FarKernels = 24;

    private const long SmallElements = 64 << 10;

    public static void Lower(LoweringContext context, Node node)
    {
        string name = node.Outputs[0];
        Shape shape = context.Info(name).Shape;
        int axis = node.Axis(node.Attribute("axis", 0L), shape.Rank);
        var parts = new LoweredValue[node.Inputs.Length];
        LoweredValue? largest = null;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = context.Input(node, i);
            if (!parts[i].IsConstant && parts[i].View.IsInjective()
                && parts[i].Shape.ElementCount > (largest?.Shape.ElementCount ?? 0))
            {
                largest = parts[i];
            }
        }

        ElementType type = parts[0].View.Type;
        TensorView value = Layout(type, shape, largest?.View);
        var buffer = new DraftBuffer(name, type, shape.ElementCount);
        long start = 0;
        foreach (LoweredValue part in parts)
        {
            long count = part.Shape[axis];
            TensorView target = count == shape[axis] ? value : value.TrySlice(axis, start, count, 1)!;
            start += count;
            if (count > 0 && !TryPlace(context, part, buffer, target))
            {
                context.EmitCopy(node.Label(), part.Storage, part.View, buffer, target);
            }
        }

        context.BindResult(name, buffer, value);
    }

    /// <summary>Memory order of the largest part, axis by axis.</summary>
    private static TensorView Layout(ElementType type, Shape shape, TensorView? largest) => largest is null
        ? TensorView.Dense(type, shape)
        : ViewOperations.DenseInOrder(type, shape, largest.MemoryOrder(ViewOperations.Range(0, shape.Rank)));

    private static bool TryPlace(LoweringContext context, LoweredValue part, DraftBuffer buffer, TensorView target)
    {
        if (part.Storage is not DraftBuffer { IsInput: false } source || source.Writers.Count == 0)
        {
            return false;
        }

        int first = int.MaxValue;
        foreach (DraftKernel writer in source.Writers)
        {
            first = Math.Min(first, writer.Position);
        }

        bool near = context.Kernels.Count - first <= FarKernels || source.Elements <= SmallElements;
        return near && BufferPlacement.TryMove(source, part.View, buffer, target);
    }
}
