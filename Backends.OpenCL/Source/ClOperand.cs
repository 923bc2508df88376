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

    /// <summary>
    /// True when runs are read and written by one instruction: neighbours in memory, or one element repeated. Others are put together
    /// element by element.
    /// </summary>
    public bool HasFastRuns(int width) => View.Rank > 0 && ClIndex.RunStride(View, Axis, width) is 0 or 1;

    /// <summary>The address function, the element type and loads of the given widths.</summary>
    public string Loads(params ReadOnlySpan<int> widths)
    {
        StringBuilder text = Head();
        Load(text);
        foreach (int width in widths)
        {
            if (width > 1)
            {
                LoadRun(text, width);
            }
        }

        return text.ToString();
    }

    /// <summary>The address function, the element type and stores of the given widths.</summary>
    public string Stores(params ReadOnlySpan<int> widths)
    {
        StringBuilder text = Head();
        string pointer = $"__global {ClTypes.Memory(View.Type)}* x";
        text.Append($"static inline void {Name}_STORE({Parameters(pointer)}, {ClTypes.Value(View.Type)} v) {{ x[{At()}] = v; }}\n");
        foreach (int width in widths)
        {
            if (width > 1)
            {
                StoreRun(text, width, pointer);
            }
        }

        return text.ToString();
    }

    private StringBuilder Head()
    {
        IReadOnlyList<string> indices = Indices(View.Rank);
        string type = ClIndex.Type(View);
        string parameters = View.Rank == 0 ? "void" : string.Join(", ", indices.Select(index => $"{type} {index}"));
        return new StringBuilder()
            .Append($"// {Name}: {View}\n")
            .Append($"#define {Name}_T {ClTypes.Value(View.Type)}\n")
            .Append($"static inline {type} {Name}_AT({parameters}) {{ return {ClIndex.Address(View, indices)}; }}\n");
    }

    private void Load(StringBuilder text)
    {
        string body = View.Type == ElementType.Float16 ? $"vload_half({At()}, x)" : $"x[{At()}]";
        text.Append($"static inline {ClTypes.Value(View.Type)} {Name}_LOAD({Parameters(SourcePointer)}) {{ return {body}; }}\n");
    }

    private void LoadRun(StringBuilder text, int width)
    {
        string type = ClTypes.Value(View.Type, width);
        text.Append($"static inline {type} {Name}_LOAD{width}({Parameters(SourcePointer)}) {{ return {RunBody(type, width)}; }}\n");
    }

    private string RunBody(string type, int width)
    {
        bool isHalf = View.Type == ElementType.Float16;
        return ClIndex.RunStride(View, Axis, width) switch
        {
            0 => isHalf ? $"({type})(vload_half({At()}, x))" : $"({type})(x[{At()}])",
            1 => isHalf ? $"vload_half{width}(0, x + {At()})" : $"vload{width}(0, x + {At()})",
            _ => $"({type})({string.Join(", ", Enumerable.Range(0, width).Select(i => isHalf ? $"vload_half({At(i, width)}, x)" : $"x[{At(i, width)}]"))})",
        };
    }

    private void StoreRun(StringBuilder text, int width, string pointer)
    {
        string body = ClIndex.RunStride(View, Axis, width) == 1
            ? $"vstore{width}(v, 0, x + {At()});"
            : string.Join(" ", Enumerable.Range(0, width).Select(i => $"x[{At(i, width)}] = v.s{"0123456789abcdef"[i]};"));
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
