using System.Reflection;
using System.Text;

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
        string resource = assembly.GetManifestResourceNames().Single(full => full.EndsWith($".Kernels.{name}.cl", StringComparison.Ordinal));
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
    public ClSource Math(int width)
    {
        if (!present.Add($"math {width}"))
        {
            return this;
        }

        (string Name, string Value)[] types =
        [
            ("REAL", ClTypes.Suffixed("float", width)),
            ("INT", ClTypes.Suffixed("int", width)),
            ("UINT", ClTypes.Suffixed("uint", width)),
            ("LONG", ClTypes.Suffixed("long", width)),
            ("NAME(function)", width == 1 ? "function" : $"function##{ClTypes.Number(width)}"),
            ("CONVERT(type)", width == 1 ? "convert_##type" : $"convert_##type##{ClTypes.Number(width)}"),
            ("BITS(type)", width == 1 ? "as_##type" : $"as_##type##{ClTypes.Number(width)}"),
            ("SATURATE(type)", width == 1 ? "convert_##type##_sat" : $"convert_##type##{ClTypes.Number(width)}_sat"),
        ];
        foreach ((string name, string value) in types)
        {
            Define(name, value);
        }

        Add(File("math"));
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
