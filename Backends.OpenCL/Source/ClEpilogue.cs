using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// What every family's template ends with: the output's accessors, the fused expression and the two together as STORE, as the head of
/// <c>Kernels/operands.cl</c> describes them.
/// </summary>
internal static class ClEpilogue
{
    /// <summary>
    /// Adds <c>OUT</c>, <c>E1</c>, <c>E2</c>, ... and <c>EPILOGUE</c>, <c>STORE</c>, <c>EPILOGUE_PARAMETERS</c>, <c>EPILOGUE_ADVANCE</c>.
    /// </summary>
    /// <param name="source">Gets the text; <c>CPU</c> must be defined in it.</param>
    /// <param name="desc">Its output and the operands behind <see cref="KernelDesc.EpilogueStart"/>.</param>
    /// <param name="result">Type of what the family computes, the expression's operand 0.</param>
    /// <param name="runAxis">Output axis of runs; -1 is the last.</param>
    /// <param name="widths">Widths of the run forms wanted besides scalars.</param>
    public static ClSource Add(
        ClSource source, KernelDesc desc, ElementType result, int runAxis = -1, params ReadOnlySpan<int> widths) =>
        Add(source, desc.Output, [.. desc.Inputs.Skip(desc.EpilogueStart)], desc.Epilogue, result, runAxis, widths);

    /// <summary>The same with views that the family has rearranged: all by one mapping of indices.</summary>
    /// <param name="source">Gets the text.</param>
    /// <param name="output">View of the output.</param>
    /// <param name="operands">Views of the expression's operands from 1 on.</param>
    /// <param name="program">The expression; null stores results as they are.</param>
    /// <param name="result">Type of what the family computes.</param>
    /// <param name="runAxis">Axis of runs; -1 is the last.</param>
    /// <param name="widths">Widths of the run forms wanted besides scalars.</param>
    public static ClSource Add(
        ClSource source,
        TensorView output,
        ImmutableArray<TensorView> operands,
        ElementwiseProgram? program,
        ElementType result,
        int runAxis,
        ReadOnlySpan<int> widths)
    {
        source.Helper("operands");
        new ClOperand("OUT", output) { RunAxis = runAxis }.AddStores(source, widths);
        for (int i = 0; i < operands.Length; i++)
        {
            new ClOperand($"E{i + 1}", operands[i]) { RunAxis = runAxis }.AddLoads(source, widths);
        }

        IEnumerable<string> parameters =
            operands.Select((view, i) => $", __global const {ClTypes.Memory(view.Type)}* restrict e{i + 1}, uint e{i + 1}_offset");
        source.Define("EPILOGUE_PARAMETERS", string.Concat(parameters));
        source.Define("EPILOGUE_ADVANCE", string.Concat(operands.Select((_, i) => $"ADVANCE(e{i + 1}); ")).TrimEnd());
        Forms(source, output, operands, program, result, 1);
        foreach (int width in widths)
        {
            if (width > 1)
            {
                Forms(source, output, operands, program, result, width);
            }
        }

        return source;
    }

    /// <summary>Arguments for <c>EPILOGUE_PARAMETERS</c>.</summary>
    public static IEnumerable<ClArgument> Arguments(KernelDesc desc, DispatchCommand command) =>
        command.Inputs.Skip(desc.EpilogueStart).Select(ClArgument.Buffer);

    private static void Forms(
        ClSource source,
        TensorView output,
        ImmutableArray<TensorView> operands,
        ElementwiseProgram? program,
        ElementType result,
        int width)
    {
        string indices = string.Concat(ClOperand.Indices(output.Rank).Select(index => ", " + index));
        string suffix = ClTypes.Suffixed(string.Empty, width);
        string value;
        if (program is null)
        {
            value = ClTypes.Value(result) == ClTypes.Value(output.Type) ? "r" : $"as_{ClTypes.Value(output.Type, width)}(r)";
        }
        else
        {
            source.Math(width);
            ElementType[] types = [result, .. operands.Select(view => view.Type)];
            source.Add(ClProgramText.Function("epilogue", program, types[..program.OperandCount], output.Type, width));
            IEnumerable<string> loads = operands.Select((_, i) => $", E{i + 1}_LOAD{suffix}(e{i + 1}{indices})");
            value = $"epilogue{suffix}({(program.OperandCount == 0 ? string.Empty : "r" + string.Concat(loads))})";
        }

        source.Define($"EPILOGUE{suffix}(r{indices})", value);
        source.Define($"STORE{suffix}(r{indices})", $"OUT_STORE{suffix}(out{indices}, EPILOGUE{suffix}(r{indices}))");
    }
}
