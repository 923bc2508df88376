using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Gather;

/// <summary>Compiles reads by index; fetched rows are a copy that widens halves.</summary>
internal static class ClGather
{
    private const string Column = "column";

    public static IClKernel Compile(GatherKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, desc.Mode == GatherMode.FetchedRows ? 1 : 2);
        if (desc.Mode == GatherMode.FetchedRows)
        {
            return CompileFetchedRows(desc, traits);
        }

        CheckShapes(desc);
        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        ClChecks.Kernels.Require(desc.Inputs[0].ElementCount > 0, desc, $"reads elements of empty data of shape {desc.Inputs[0].Shape}");
        return CompileIndexed(desc, traits);
    }

    private static IClKernel CompileFetchedRows(GatherKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Rank(desc, desc.Output, 2);
        ClChecks.Kernels.SameShape(desc, 0);
        ClChecks.Kernels.Require(
            desc.RowType is ElementType.Float16 or ElementType.Float32 or ElementType.Int32, desc, $"fetched rows of type {desc.RowType}");
        TensorView rows = desc.Inputs[0].WithType(desc.RowType);
        return ClMap.Compile(desc with { Inputs = desc.Inputs.SetItem(0, rows) }, desc.Epilogue, traits);
    }

    private static void CheckShapes(GatherKernel desc)
    {
        TensorView data = desc.Inputs[0];
        TensorView indices = desc.Inputs[1];
        ClChecks.Kernels.Require(indices.Type == ElementType.Int32, desc, $"indices of type {indices.Type}");
        switch (desc.Mode)
        {
            case GatherMode.Axis:
                ClChecks.Kernels.Rank(desc, data, 3);
                ClChecks.Kernels.Rank(desc, indices, 1);
                ClChecks.Kernels.Rank(desc, desc.Output, 3);
                break;
            case GatherMode.Elements:
                ClChecks.Kernels.Rank(desc, data, desc.Output.Rank);
                ClChecks.Kernels.SameShape(desc, 1);
                break;
            default:
                int tuple = (int)indices.Shape[indices.Rank - 1];
                int dataAxis = desc.BatchDims + tuple;
                ClChecks.Kernels.Require(
                    dataAxis <= data.Rank && desc.Output.Rank == indices.Rank - 1 + data.Rank - dataAxis,
                    desc,
                    $"tuples of {tuple} into data of shape {data.Shape} for an output of shape {desc.Output.Shape}");
                break;
        }
    }

    private static ClIndexingKernel CompileIndexed(GatherKernel desc, ClTraits traits)
    {
        // The column is the last axis, along which data is copied whole; where no axis is, it is one of extent 1 put behind.
        bool hasSlices = desc.Mode == GatherMode.Axis
            || (desc.Mode == GatherMode.Nd && desc.Output.Rank > desc.Inputs[1].Rank - 1);
        TensorView Extended(TensorView view) => hasSlices ? view : view.InsertAxis(view.Rank);
        TensorView output = Extended(desc.Output);
        TensorView data = Extended(desc.Inputs[0]);
        ImmutableArray<TensorView> operands = [.. desc.Inputs.Skip(2).Select(Extended)];
        long columns = output.Shape[output.Rank - 1];
        ClWalk walk = ClWalk.Create(
            desc, output.ElementCount / columns, columns, traits.Cpu ? ClWalk.WidestRun(traits) : 1,
            4 + (desc.Epilogue?.Instructions.Length ?? 0), traits);

        var source = new ClSource();
        source.Define("CPU", traits.Cpu).Helper("operands");
        walk.Add(source);
        source.Helper("indices");
        new ClOperand("IN0", data).AddLoads(source, walk.Run);
        new ClOperand("IN1", desc.Inputs[1]).AddLoads(source);
        ClEpilogue.Add(source, output, operands, desc.Epilogue, data.Type, -1, [walk.Run]);
        DefineSource(source, desc, data, output);
        var function = new ClFunction(source.Build("Gather"), "gather");
        return new ClIndexingKernel(desc, [function], command =>
        [
            new ClLaunch(
                function,
                [
                    .. command.Inputs.Take(2).Select(ClArgument.Buffer),
                    ClArgument.Buffer(command.Output),
                    .. ClEpilogue.Arguments(desc, command),
                    ClArgument.Fault(),
                ],
                walk.Global,
                walk.LocalRange),
        ]);
    }

    private static void DefineSource(ClSource source, GatherKernel desc, TensorView data, TensorView output)
    {
        string[] target = [.. Enumerable.Range(0, output.Rank - 1).Select(axis => $"o{axis}"), Column];
        var places = new ClStatements();
        places.Declare(target[..^1], ClIndex.Digits(output.Shape.Dims[..^1], "row"));

        string[] from;
        switch (desc.Mode)
        {
            case GatherMode.Axis:
                places.DeclareIndex("k0", $"IN1_LOAD(in1, {target[1]})", data.Shape[1]);
                from = [target[0], "k0", Column];
                break;
            case GatherMode.Elements:
                places.DeclareIndex("k0", $"IN1_LOAD({string.Join(", ", ["in1", .. target[..^1]])})", data.Shape[desc.Axis]);
                from = [.. target];
                from[desc.Axis] = "k0";
                break;
            default:
                int placeAxes = desc.Inputs[1].Rank - 1;
                int tuple = (int)desc.Inputs[1].Shape[placeAxes];
                for (int i = 0; i < tuple; i++)
                {
                    string index = $"IN1_LOAD({string.Join(", ", ["in1", .. target[..placeAxes], ClTypes.Number(i)])})";
                    places.DeclareIndex($"k{i}", index, data.Shape[desc.BatchDims + i]);
                }

                from = [.. target[..desc.BatchDims], .. Enumerable.Range(0, tuple).Select(i => $"k{i}"), .. target[placeAxes..]];
                break;
        }

        string reads = string.Join(", ", ["in0", .. from]);
        string stores = string.Join(", ", ["r", .. target]);
        source
            .Define("FIND_SOURCE(row)", places.ToString())
            .Define("SOURCE(column)", $"IN0_LOAD({reads})")
            .Define("SOURCE_RUN(column)", $"OF_RUN(IN0_LOAD)({reads})")
            .Define("STORE_AT(r, column)", $"STORE({stores})")
            .Define("STORE_RUN_AT(r, column)", $"OF_RUN(STORE)({stores})");
    }
}
