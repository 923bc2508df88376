using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>
/// Addresses of one side of a product as three sums: <c>NAME_matrix(b)</c> with the view's offset, <c>NAME_line(i)</c> along the axis that
/// is not reduced, <c>NAME_depth(k)</c>; and the type <c>NAME_INDEX</c>, the runs <c>NAME_RUN</c> (depth), <c>NAME_COLUMN_RUN</c>, and
/// <see cref="Loads"/>.
/// </summary>
internal static class MatrixSide
{
    /// <param name="source">Gets the text.</param>
    /// <param name="name">left or right.</param>
    /// <param name="view">Axes [matrix, line, depth] or [matrix, depth, line].</param>
    /// <param name="depthAxis">2 or 1.</param>
    public static void Add(ClSource source, string name, TensorView view, int depthAxis)
    {
        string type = ClIndex.Type(view);
        string capitals = name.ToUpperInvariant();
        source
            .Define($"{capitals}_INDEX", type)
            .Define($"{capitals}_RUN", Run(view, depthAxis))
            .Define($"{capitals}_COLUMN_RUN", Run(view, 3 - depthAxis));
        Loads(source, capitals, view.Type);
        AxisAddress(source, $"{name}_matrix", "b", view, 0, view.Offset);
        AxisAddress(source, $"{name}_line", "i", view, 3 - depthAxis, 0);
        AxisAddress(source, $"{name}_depth", "k", view, depthAxis, 0);
    }

    /// <summary>
    /// <c>NAME_MEMORY</c>, the type in memory, and <c>NAME_LOAD(p)</c>, <c>NAME_LOAD4(p)</c>, <c>NAME_LOAD16(p)</c>: elements from a pointer
    /// on as floats.
    /// </summary>
    public static void Loads(ClSource source, string name, ElementType type)
    {
        ReadOnlySpan<int> widths = [1, 4, 16];
        source.Halves(type, widths).Define($"{name}_MEMORY", ClTypes.Memory(type));
        foreach (int width in widths)
        {
            source.Define($"{ClTypes.Suffixed($"{name}_LOAD", width)}(p)", ClTypes.Load(type, "(p)", "0", width));
        }
    }

    /// <summary>A function of one axis' index: what the axis adds to an address, plus a constant.</summary>
    public static void AxisAddress(ClSource source, string name, string index, TensorView view, int axis, long offset)
    {
        string type = ClIndex.Type(view);
        TensorView alone = TensorView.FromFactors(view.Type, [view.Axes[axis].AsEnumerable()], offset);
        string address = view.ElementCount == 0 ? "0" : ClIndex.Address(alone, [type == "long" ? $"((long){index})" : index]);
        source.Add($"static inline {type} {name}(int {index}) {{ return {address}; }}");
    }

    /// <summary>What a choice of tiles must tell apart besides runs: " of halves" where a view's elements are 16 bits.</summary>
    public static string Width(TensorView view) => view.Type == ElementType.Float16 ? " of halves" : "";

    /// <summary>Longest run of neighbours along an axis, from a multiple of it, that templates use: 16, 4 or 1.</summary>
    public static int Run(TensorView view, int axis) =>
        ClIndex.RunStride(view, axis, 16) == 1 ? 16 : ClIndex.RunStride(view, axis, 4) == 1 ? 4 : 1;
}
