using System.Text;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Resize;

/// <summary>Compiles resampling of images: which input coordinates are read, and with what weights, are tables in the program.</summary>
internal static class ClResize
{
    public static IClKernel Compile(ResizeKernel desc, ClTraits traits)
    {
        ClImages.Check(desc);
        ClChecks.Kernels.Require(
            desc.Inputs[0].ElementCount > 0 || desc.Output.ElementCount == 0,
            desc,
            $"resamples {desc.Inputs[0].Shape} to {desc.Output.Shape}");
        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        Shape input = desc.Inputs[0].Shape;
        Shape output = desc.Output.Shape;
        ResizeTaps rows = ResizeTaps.Create(desc, input[2], output[2], desc.ScaleHeight);
        ResizeTaps columns = ResizeTaps.Create(desc, input[3], output[3], desc.ScaleWidth);
        return ClImages.Compile(
            desc,
            "Resize",
            "resize",
            rows.Count * columns.Count,
            source =>
            {
                source.Define("TAPS", rows.Count);
                AddTables(source, "ROW", rows);
                AddTables(source, "COLUMN", columns);
            },
            traits);
    }

    private static void AddTables(ClSource source, string axis, ResizeTaps taps)
    {
        source.Add(Table("int", axis + "_FIRST", taps.First.Select(ClTypes.Int)));
        if (taps.Count > 1)
        {
            source.Add(Table("float", axis + "_WEIGHTS", taps.AllWeights.Select(ClTypes.Float)));
        }
    }

    private static string Table(string type, string name, IEnumerable<string> values)
    {
        string[] all = [.. values];
        var text = new StringBuilder($"__constant {type} {name}[{all.Length}] = {{\n");
        foreach (string[] line in all.Chunk(12))
        {
            text.Append("    ").AppendJoin(", ", line).Append(",\n");
        }

        return text.Append("};\n").ToString();
    }
}
