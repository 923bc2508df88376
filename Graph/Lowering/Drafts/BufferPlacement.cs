using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering.Drafts;

/// <summary>
/// Gives a buffer another layout, or makes it part of another buffer, by rewriting every view that walks it: index comprehension instead
/// of a copy. Nothing changes unless every view has a form in the new layout.
/// </summary>
internal static class BufferPlacement
{
    /// <summary>
    /// Moves the elements that <paramref name="from"/> walks, which must be all of <paramref name="source"/>, to where
    /// <paramref name="to"/> (of the same shape) walks <paramref name="target"/>. The two buffers may be the same one.
    /// </summary>
    public static bool TryMove(DraftBuffer source, TensorView from, DraftBuffer target, TensorView to)
    {
        if (source.IsInput || from.ElementCount != source.Elements || AddressMap.Between(from, to) is not { } map)
        {
            return false;
        }

        var outputs = new TensorView[source.Writers.Count];
        var reads = new TensorView[source.Readers.Count];
        var values = new TensorView[source.Values.Count];
        for (int i = 0; i < outputs.Length; i++)
        {
            if (map.Apply(source.Writers[i].OutputView) is not { } view)
            {
                return false;
            }

            outputs[i] = view;
        }

        for (int i = 0; i < reads.Length; i++)
        {
            if (map.Apply(source.Readers[i].View) is not { } view)
            {
                return false;
            }

            reads[i] = view;
        }

        for (int i = 0; i < values.Length; i++)
        {
            if (map.Apply(source.Values[i].View) is not { } view)
            {
                return false;
            }

            values[i] = view;
        }

        Commit(source, target, outputs, reads, values);
        return true;
    }

    private static void Commit(DraftBuffer source, DraftBuffer target, TensorView[] outputs, TensorView[] reads, TensorView[] values)
    {
        for (int i = 0; i < outputs.Length; i++)
        {
            source.Writers[i].Output = target;
            source.Writers[i].OutputView = outputs[i];
        }

        for (int i = 0; i < reads.Length; i++)
        {
            source.Readers[i].Storage = target;
            source.Readers[i].View = reads[i];
        }

        for (int i = 0; i < values.Length; i++)
        {
            source.Values[i].Storage = target;
            source.Values[i].View = values[i];
        }

        if (!ReferenceEquals(source, target))
        {
            target.Writers.AddRange(source.Writers);
            target.Readers.AddRange(source.Readers);
            target.Values.AddRange(source.Values);
            source.Writers.Clear();
            source.Readers.Clear();
            source.Values.Clear();
        }
    }
}
