using System.Reflection;
using System.Text;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// Builds the text of one program: definitions and generated functions in the order in which they are added, helper files of
/// <c>Kernels/</c> where they are first asked for, and the family's template last. Equal calls give equal text.
/// </summary>
internal sealed class ClSource
{
    private readonly StringBuilder text = new();
    private readonly HashSet<string> present = [];

    /// <summary>A file of <c>Kernels/</c>.</summary>
    /// <param name="name">Without the ending <c>.cl</c>.</param>
    public static string File(string name)
    {
        Assembly assembly = typeof(ClSource).Assembly;
        string ending = $".Kernels.{name}.cl";
        string resource = assembly.GetManifestResourceNames().Single(full => full.EndsWith(ending, StringComparison.Ordinal));
        using Stream stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    public ClSource Define(string name, string value)
    {
        text.Append("#define ").Append(name).Append(' ').Append(value).Append('\n');
        return this;
    }

    public ClSource Define(string name, long value) => Define(name, ClTypes.Number(value));

    public ClSource Define(string name, float value) => Define(name, ClTypes.Float(value));

    /// <summary>1 or 0, for <c>#if</c>.</summary>
    public ClSource Define(string name, bool value) => Define(name, value ? "1" : "0");

    /// <summary>RUN, elements computed as one vector, and what <c>OF_RUN</c> of <c>operands.cl</c> needs.</summary>
    public ClSource Run(int width) => Define("RUN", width).Define("RUN_SUFFIX", ClTypes.Suffixed(string.Empty, width));

    /// <summary>Any text, on lines of its own.</summary>
    public ClSource Add(string code)
    {
        text.Append(code);
        if (!code.EndsWith('\n'))
        {
            text.Append('\n');
        }

        return this;
    }

    /// <summary>A file of <c>Kernels/</c>; later calls for the same file add nothing.</summary>
    public ClSource Helper(string name) => present.Add(name) ? Add(File(name)) : this;

    /// <summary>The functions of <c>math.cl</c> for vectors of a width (1 for scalars); added once per width.</summary>
    public ClSource Math(int width) => PerWidth("math", width);

    /// <summary>The functions of <c>halves.cl</c> for scalars and vectors of some widths, where elements of a type need them.</summary>
    public ClSource Halves(ElementType type, params ReadOnlySpan<int> widths)
    {
        if (type == ElementType.Float16)
        {
            PerWidth("halves", 1);
            foreach (int width in widths)
            {
                PerWidth("halves", width);
            }
        }

        return this;
    }

    private ClSource PerWidth(string file, int width)
    {
        if (!present.Add($"{file} {width}"))
        {
            return this;
        }

        string number = width == 1 ? string.Empty : ClTypes.Number(width);
        (string Name, string Value)[] types =
        [
            ("REAL", ClTypes.Suffixed("float", width)),
            ("INT", ClTypes.Suffixed("int", width)),
            ("UINT", ClTypes.Suffixed("uint", width)),
            ("LONG", ClTypes.Suffixed("long", width)),
            ("NAME(function)", width == 1 ? "function" : $"function##{number}"),
            ("CONVERT(type)", width == 1 ? "convert_##type" : $"convert_##type##{number}"),
            ("BITS(type)", width == 1 ? "as_##type" : $"as_##type##{number}"),
            ("SATURATE(type)", width == 1 ? "convert_##type##_sat" : $"convert_##type##{number}_sat"),
            ("LOAD_BITS(at, p)", width == 1 ? "(p)[at]" : $"vload{number}(0, (p) + (at))"),
            ("STORE_BITS(v, at, p)", width == 1 ? "(p)[at] = (v)" : $"vstore{number}(v, 0, (p) + (at))"),
            ("LOAD_HALF(at, p)", width == 1 ? "vload_half(at, p)" : $"vload_half{number}(0, (p) + (at))"),
            ("STORE_HALF(v, at, p)", width == 1 ? "vstore_half_rte(v, at, p)" : $"vstore_half{number}_rte(v, 0, (p) + (at))"),
        ];
        foreach ((string name, string value) in types)
        {
            Define(name, value);
        }

        Add(File(file));
        foreach ((string name, _) in types)
        {
            Add($"#undef {name.Split('(')[0]}");
        }

        return this;
    }

    /// <summary>The whole program, ending with a template of <c>Kernels/</c>.</summary>
    public string Build(string template) => Helper(template).ToString();

    public override string ToString() => text.ToString();
}
