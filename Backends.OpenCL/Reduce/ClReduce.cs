using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Reduce;

/// <summary>Compiles reductions of the inner axis.</summary>
internal static class ClReduce
{
    public static IClKernel Compile(ReduceKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, 1);
        ClChecks.Kernels.Rank(desc, desc.Output, 1);
        ClChecks.Kernels.Rank(desc, desc.Inputs[0], 2);
        ClChecks.Kernels.Require(
            desc.Inputs[0].Shape[0] == desc.Output.Shape[0], desc, $"reduces {desc.Inputs[0].Shape} into {desc.Output.Shape}");
        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        bool position = desc.Op is ReduceOp.ArgMaximum or ReduceOp.ArgMinimum;
        bool integer = desc.Inputs[0].Type == ElementType.Int32;
        bool logSumExp = desc.Op == ReduceOp.LogSumExp;
        ImmutableArray<TensorView> results = Arrange(desc, keepOrder: position);
        ClRows rows = ClRows.Create(desc, results[0], allowRuns: !position && (!integer || logSumExp), traits);
        int valueWidth = rows.Across ? rows.Run : 1;
        ElementType result = position || integer ? ElementType.Int32 : ElementType.Float32;

        var source = new ClSource();
        source.Define("CPU", traits.Cpu);
        rows.Define(source, position ? ClTypes.Value(desc.Inputs[0].Type) : integer && !logSumExp ? "long" : "float");
        source
            .Define("FORM", position ? "FORM_POSITION" : logSumExp ? "FORM_LOG_SUM_EXP" : "FORM_FOLD")
            .Define("RESULT_TYPE", ClTypes.Value(result, valueWidth));
        if (position)
        {
            source.Define("BETTER(a, b)", desc.Op == ReduceOp.ArgMaximum ? "((a) > (b))" : "((a) < (b))");
        }
        else if (integer)
        {
            DefineInteger(source, desc.Op, valueWidth);
        }
        else
        {
            DefineFloat(source, desc.Op);
        }

        source.Helper("operands").Helper("rows").Math(1).Math(rows.Run);
        new ClOperand("IN0", results[0]) { RunAxis = rows.RunAxis }.AddLoads(source, rows.Run);
        ClEpilogue.Add(source, results[1], results[2..], desc.Epilogue, result, 0, [valueWidth]);
        return new ClPlainKernel(desc, 1, new ClFunction(source.Build("Reduce"), "reduce"), rows.Global, rows.Local);
    }

    /// <summary>Input, output and the epilogue's operands with the results, and where it is free the elements, in memory order.</summary>
    private static ImmutableArray<TensorView> Arrange(ReduceKernel desc, bool keepOrder)
    {
        TensorView input = desc.Inputs[0];
        if (input.ElementCount == 0)
        {
            // Nothing is read; any walk of no elements does.
            input = TensorView.Dense(input.Type, input.Shape);
        }

        ImmutableArray<TensorView> views = [input, desc.Output, .. desc.Inputs.Skip(1)];
        ImmutableArray<TensorView> results = input.ElementCount == 0 ? views : ClLoops.Arrange(views, ClLoops.InMemoryOrder(views, 0, 1));
        TensorView elements = keepOrder || input.ElementCount == 0
            ? TensorView.FromFactors(input.Type, [input.Axes[1]])
            : ClLoops.Arrange([input], ClLoops.InMemoryOrder([input], 1, 1))[0];
        return [TensorView.FromFactors(input.Type, [results[0].Axes[0], elements.Axes[0]], input.Offset), .. results[1..]];
    }

    private static void DefineFloat(ClSource source, ReduceOp op)
    {
        (string identity, string combine, string map) = op switch
        {
            ReduceOp.Sum or ReduceOp.Mean or ReduceOp.LogSum or ReduceOp.LogSumExp => ("0.0f", "fm_add", "(x)"),
            ReduceOp.Maximum => ("-INFINITY", "fm_max", "(x)"),
            ReduceOp.Minimum => ("INFINITY", "fm_min", "(x)"),
            ReduceOp.Product => ("1.0f", "fm_mul", "(x)"),
            ReduceOp.L1 => ("0.0f", "fm_add", "fabs(x)"),
            ReduceOp.L2 or ReduceOp.SumSquare => ("0.0f", "fm_add", "((x) * (x))"),
            _ => throw new DeviceException($"OpenCL kernels do not reduce by {op}"),
        };
        string finish = op switch
        {
            ReduceOp.Mean => "((value) / (float)INNER)",
            ReduceOp.L2 => "sqrt(value)",
            ReduceOp.LogSum => "log(value)",
            _ => "(value)",
        };
        Define(source, identity, combine, map, map, finish);
    }

    private static void DefineInteger(ClSource source, ReduceOp op, int valueWidth)
    {
        (string identity, string combine, string map) = op switch
        {
            ReduceOp.Sum or ReduceOp.Mean or ReduceOp.LogSum or ReduceOp.LogSumExp => ("0", "int_add", "(long)(x)"),
            ReduceOp.Maximum => ("-2147483648L", "int_max", "(long)(x)"),
            ReduceOp.Minimum => ("2147483647L", "int_min", "(long)(x)"),
            ReduceOp.Product => ("1", "int_mul", "(long)(x)"),
            ReduceOp.L1 => ("0", "int_add", "(long)abs(x)"),
            ReduceOp.L2 or ReduceOp.SumSquare => ("0", "int_add", "((long)(x) * (long)(x))"),
            _ => throw new DeviceException($"OpenCL kernels do not reduce by {op}"),
        };
        string finish = op switch
        {
            ReduceOp.Mean => "(int)((value) / max(INNER, 1))",
            ReduceOp.L2 => "(int)int_root(value)",
            ReduceOp.LogSum => "convert_int_sat(log((float)(value)))",
            ReduceOp.LogSumExp => $"{ClTypes.Suffixed("convert_int", valueWidth)}_sat(value)",
            _ => "(int)(value)",
        };
        Define(source, identity, combine, map, map, finish);
    }

    private static void Define(ClSource source, string identity, string combine, string map, string mapRun, string finish) => source
        .Define("IDENTITY", identity)
        .Define("COMBINE", combine)
        .Define("MAP(x)", map)
        .Define("MAP_RUN(x)", mapRun)
        .Define("FINISH(value)", finish);
}
