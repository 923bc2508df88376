using System.Text;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// Accessor functions of one operand, as the head of <c>Kernels/operands.cl</c> describes them. A run is N neighbours along
/// <see cref="RunAxis"/> from an index that is a multiple of N.
/// </summary>
/// <param name="Name">Prefix of the functions, in capitals: IN0, OUT, E1.</param>
/// <param name="View">Not empty.</param>
internal sealed record ClOperand(string Name, TensorView View)
{
    /// <summary>Axis of runs; -1 is the last.</summary>
    public int RunAxis { get; init; } = -1;

    private int Axis => RunAxis < 0 ? View.Rank + RunAxis : RunAxis;

    /// <summary>Names of the index parameters: <c>i0, i1</c>.</summary>
    public static IReadOnlyList<string> Indices(int rank) => [.. Enumerable.Range(0, rank).Select(axis => "i" + ClTypes.Number(axis))];

    /// <summary>Adds the address function, the element type and loads of the given widths.</summary>
    public ClSource AddLoads(ClSource source, params ReadOnlySpan<int> widths)
    {
        source.Halves(View.Type, widths);
        StringBuilder text = Head();
        Load(text);
        foreach (int width in widths)
        {
            if (width > 1)
            {
                LoadRun(text, width);
            }
        }

        return source.Add(text.ToString());
    }

    /// <summary>Adds the address function, the element type and stores of the given widths.</summary>
    public ClSource AddStores(ClSource source, params ReadOnlySpan<int> widths)
    {
        source.Halves(View.Type, widths);
        StringBuilder text = Head();
        string pointer = $"__global {ClTypes.Memory(View.Type)}* x";
        text.Append($"static inline void {Name}_STORE({Parameters(pointer)}, {ClTypes.Value(View.Type)} v) "
            + $"{{ {ClTypes.Store(View.Type, "x", At(), "v")}; }}\n");
        foreach (int width in widths)
        {
            if (width > 1)
            {
                StoreRun(text, width, pointer);
            }
        }

        return source.Add(text.ToString());
    }

    private StringBuilder Head()
    {
        IReadOnlyList<string> indices = Indices(View.Rank);
        string type = ClIndex.Type(View);
        string parameters = View.Rank == 0 ? "void" : string.Join(", ", indices.Select(index => $"{type} {index}"));
        return new StringBuilder()
            .Append($"// {Name}: {View}\n")
            .Append($"#define {Name}_T {ClTypes.Value(View.Type)}\n")
            .Append($"#define {Name}_MEMORY {ClTypes.Memory(View.Type)}\n")
            .Append($"static inline {type} {Name}_AT({parameters}) {{ return {ClIndex.Address(View, indices)}; }}\n");
    }

    private void Load(StringBuilder text)
    {
        string body = ClTypes.Load(View.Type, "x", At());
        text.Append($"static inline {ClTypes.Value(View.Type)} {Name}_LOAD({Parameters(SourcePointer)}) {{ return {body}; }}\n");
    }

    private void LoadRun(StringBuilder text, int width)
    {
        string type = ClTypes.Value(View.Type, width);
        text.Append($"static inline {type} {Name}_LOAD{width}({Parameters(SourcePointer)}) {{ return {RunBody(type, width)}; }}\n");
    }

    private string RunBody(string type, int width) => ClIndex.RunStride(View, Axis, width) switch
    {
        0 => $"({type})({ClTypes.Load(View.Type, "x", At())})",
        1 => ClTypes.Load(View.Type, "x", At(), width),
        _ => $"({type})({string.Join(", ", Enumerable.Range(0, width).Select(i => ClTypes.Load(View.Type, "x", At(i, width))))})",
    };

    private void StoreRun(StringBuilder text, int width, string pointer)
    {
        string body = ClIndex.RunStride(View, Axis, width) == 1
            ? ClTypes.Store(View.Type, "x", At(), "v", width) + ";"
            : string.Join(" ", Enumerable.Range(0, width).Select(i =>
                ClTypes.Store(View.Type, "x", At(i, width), $"v.s{"0123456789abcdef"[i]}") + ";"));
        text.Append(
            $"static inline void {Name}_STORE{width}({Parameters(pointer)}, {ClTypes.Value(View.Type, width)} v) {{ {body} }}\n");
    }

    private string SourcePointer => $"__global const {ClTypes.Memory(View.Type)}* x";

    private string Parameters(string pointer)
    {
        string type = ClIndex.Type(View);
        return string.Join(", ", [pointer, .. Indices(View.Rank).Select(index => $"{type} {index}")]);
    }

    private string At() => $"{Name}_AT({string.Join(", ", Indices(View.Rank))})";

    /// <summary>Address of an element of the run: by the run's stride where it has one.</summary>
    private string At(int element, int width)
    {
        if (element == 0)
        {
            return At();
        }

        if (ClIndex.RunStride(View, Axis, width) is { } stride)
        {
            return $"{At()} + {ClTypes.Number(element * stride)}";
        }

        IEnumerable<string> indices = Indices(View.Rank).Select((index, axis) => axis == Axis ? $"{index} + {element}" : index);
        return $"{Name}_AT({string.Join(", ", indices)})";
    }
}
