using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// What matters of a kernel for its time on a device, as a short text: family, attributes, views and fused programs, but neither names nor
/// offsets nor constants. Kernels of equal signatures differ only in where their operands lie.
/// </summary>
public static class KernelSignature
{
    private const int HashBytes = 16;

    public static string Of(KernelDesc kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var text = new StringBuilder(512);
        Append(text, $"{kernel.Family};{Attributes(kernel)}");
        foreach (TensorView view in kernel.Inputs)
        {
            Append(text, $";{view.Shift(-view.Offset)}");
        }

        Append(text, $">{kernel.Output.Shift(-kernel.Output.Offset)}");
        if (kernel.Panels is { } weight)
        {
            Append(text, $";{weight}");
        }

        Program(text, (kernel as ElementwiseKernel)?.Program);
        Program(text, kernel.Epilogue);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, HashBytes));
    }

    private static FormattableString Attributes(KernelDesc kernel) => kernel switch
    {
        ConvKernel c => $"{c.Kernel};{c.Strides};{c.Dilations};{c.Pads};{c.Groups};{c.InputDilation}",
        AttentionKernel a => $"{a.HasMask}",
        PoolKernel p => $"{p.Mode};{p.Kernel};{p.Strides};{p.Dilations};{p.Pads}",
        ResizeKernel r => $"{r.Mode};{r.Transform};{r.Rounding};{r.ExcludeOutside}",
        NormalizeKernel n => $"{n.Mode};{n.HasScale};{n.HasBias}",
        ReduceKernel r => $"{r.Op}",
        GatherKernel g => $"{g.Mode};{g.Axis};{g.BatchDims};{g.RowType}",
        ScatterKernel s => $"{s.Mode};{s.Axis};{s.Reduction}",
        _ => $"",
    };

    private static void Program(StringBuilder text, ElementwiseProgram? program)
    {
        Append(text, $"|{program?.OperandCount}");
        foreach (ElementwiseInstruction step in program?.Instructions ?? [])
        {
            Append(text, $",{step.Op}:{step.Type}:{step.A}:{step.B}:{step.C}");
        }
    }

    private static void Append(StringBuilder text, FormattableString part) => text.Append(part.ToString(CultureInfo.InvariantCulture));
}
