using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import.External;

/// <summary>
/// Tensors of one file lie apart or on exactly the same bytes (tied weights); anything between is a broken or hostile model.
/// </summary>
internal static class RangeOverlap
{
    public static void Check(string model, IEnumerable<WeightRef> weights)
    {
        foreach (IGrouping<string, WeightRef> file in weights.Where(w => w.Length > 0).GroupBy(w => w.File, StringComparer.Ordinal))
        {
            WeightRef? previous = null;
            foreach (WeightRef weight in file.OrderBy(w => w.Offset).ThenBy(w => w.Length))
            {
                bool same = previous is not null && previous.Offset == weight.Offset && previous.Length == weight.Length;
                if (previous is not null && !same && weight.Offset < previous.Offset + previous.Length)
                {
                    throw new ModelException(
                        $"{model}: tensors '{previous.Name}' (bytes {previous.Offset}+{previous.Length}) and '{weight.Name}' "
                        + $"(bytes {weight.Offset}+{weight.Length}) overlap in '{Path.GetFileName(file.Key)}'");
                }

                previous = weight;
            }
        }
    }
}
