using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Backends.OpenCL.Source;

namespace FlashMem.Backends.OpenCL.Scatter;

/// <summary>
/// Compiles writes by index: one launch copies the data, one writes the updates, one applies the epilogue in place. Updates that may hit
/// the same element are one work-item's, which applies them in order.
/// </summary>
internal static class ClScatter
{
    public static IClKernel Compile(ScatterKernel desc, ClTraits traits)
    {
        ClChecks.Kernels.Check(desc, 3);
        ClChecks.Kernels.SameShape(desc, 0);
        TensorView indices = desc.Inputs[1];
        TensorView updates = desc.Inputs[2];
        ClChecks.Kernels.Require(indices.Type == ElementType.Int32, desc, $"indices of type {indices.Type}");
        if (desc.Mode == ScatterMode.Elements)
        {
            ClChecks.Kernels.Require(
                indices.Shape == updates.Shape && indices.Rank == desc.Output.Rank,
                desc,
                $"indices of shape {indices.Shape}, updates of shape {updates.Shape} and data of shape {desc.Output.Shape}");
        }
        else
        {
            int tuple = (int)indices.Shape[indices.Rank - 1];
            ClChecks.Kernels.Require(
                tuple <= desc.Output.Rank && updates.Rank == indices.Rank - 1 + desc.Output.Rank - tuple,
                desc,
                $"tuples of {tuple} with updates of shape {updates.Shape} into data of shape {desc.Output.Shape}");
        }

        if (desc.Output.ElementCount == 0)
        {
            return ClPlainKernel.Nothing(desc);
        }

        var steps = new List<Step>();
        AddMap(steps, ClMap.Write(desc, desc.Output, [desc.Inputs[0]], null, inPlace: false, traits), command =>
            [ClArgument.Buffer(command.Inputs[0]), ClArgument.Buffer(command.Output)]);
        if (updates.ElementCount > 0)
        {
            steps.Add(Updates(desc, traits));
        }

        if (desc.Epilogue is { } epilogue)
        {
            ImmutableArray<TensorView> operands = [.. desc.Inputs.Skip(desc.EpilogueStart)];
            AddMap(steps, ClMap.Write(desc, desc.Output, operands, epilogue, inPlace: true, traits), command =>
                [ClArgument.Buffer(command.Output), .. ClEpilogue.Arguments(desc, command)]);
        }

        return new ClIndexingKernel(
            desc,
            [.. steps.Select(step => step.Function)],
            command => [.. steps.Select(step =>
                new ClLaunch(step.Function, step.Arguments(command), step.Walk.Global, step.Walk.LocalRange))]);
    }

    /// <summary>One launch.</summary>
    private sealed record Step(ClFunction Function, ClWalk Walk, Func<DispatchCommand, ImmutableArray<ClArgument>> Arguments);

    private static void AddMap(
        List<Step> steps, (ClFunction Function, ClWalk Walk) map, Func<DispatchCommand, ImmutableArray<ClArgument>> arguments) =>
        steps.Add(new Step(map.Function, map.Walk, arguments));

    private static Step Updates(ScatterKernel desc, ClTraits traits)
    {
        TensorView indices = desc.Inputs[1];
        (long count, long rows) = desc.Mode == ScatterMode.Elements
            ? (indices.Shape[desc.Axis], indices.ElementCount / indices.Shape[desc.Axis])
            : Places(indices, desc.Inputs[2]);
        ClWalk walk = ClWalk.Create(desc, rows, 1, 1, (int)Math.Min(4 * count, int.MaxValue), traits);
        var source = new ClSource();
        source.Define("CPU", traits.Cpu).Helper("operands").Math(1);
        walk.Add(source);
        source.Helper("indices");
        new ClOperand("IN0", indices).AddLoads(source);
        new ClOperand("IN1", desc.Inputs[2]).AddLoads(source);
        new ClOperand("TARGET", desc.Output).AddStores(source);
        source
            .Define("TARGET_GET(x, at)", ClTypes.Load(desc.Output.Type, "(x)", "at"))
            .Define("TARGET_PUT(x, at, v)", ClTypes.Store(desc.Output.Type, "(x)", "at", "v"))
            .Define("UPDATES", ClChecks.Int(desc, count, "updates"))
            .Define("COMBINE(old, value)", Combine(desc));
        if (desc.Mode == ScatterMode.Elements)
        {
            DefineElements(source, desc);
        }
        else
        {
            DefineTuples(source, desc);
        }

        return new Step(new ClFunction(source.Build("Scatter"), "scatter"), walk, command =>
        [
            .. command.Inputs.Skip(1).Take(2).Select(ClArgument.Buffer),
            ClArgument.Buffer(command.Output),
            ClArgument.Fault(),
        ]);
    }

    // How many tuples there are, and elements that each of them updates.
    private static (long Count, long Rows) Places(TensorView indices, TensorView updates)
    {
        long places = indices.Shape.Dims[..^1].Aggregate(1L, (product, extent) => product * extent);
        return (places, updates.ElementCount / places);
    }

    // A row is all updates along the axis of the index.
    private static void DefineElements(ClSource source, ScatterKernel desc)
    {
        ImmutableArray<long> extents = desc.Inputs[1].Shape.Dims;
        string[] places = [.. Enumerable.Range(0, extents.Length).Select(axis => $"o{axis}")];
        string[] others = [.. places.Where((_, axis) => axis != desc.Axis)];
        places[desc.Axis] = "update";
        string[] target = [.. places];
        target[desc.Axis] = "k0";
        source
            .Define("FIND_ROW(row)", new ClStatements().Declare(others, ClIndex.Digits(extents.RemoveAt(desc.Axis), "row")).ToString())
            .Define(
                "FIND_TARGET(update)",
                new ClStatements()
                    .DeclareIndex("k0", $"IN0_LOAD({string.Join(", ", ["in0", .. places])})", desc.Output.Shape[desc.Axis])
                    .ToString() + Target(desc, target))
            .Define("UPDATE(update)", $"IN1_LOAD({string.Join(", ", ["in1", .. places])})");
    }

    // A row is one element of the slices that tuples name.
    private static void DefineTuples(ClSource source, ScatterKernel desc)
    {
        TensorView indices = desc.Inputs[1];
        ImmutableArray<long> placeExtents = indices.Shape.Dims[..^1];
        int tuple = (int)indices.Shape[indices.Rank - 1];
        ImmutableArray<long> sliceExtents = desc.Output.Shape.Dims[tuple..];
        string[] places = [.. Enumerable.Range(0, placeExtents.Length).Select(axis => $"p{axis}")];
        string[] slice = [.. Enumerable.Range(0, sliceExtents.Length).Select(axis => $"s{axis}")];
        ClStatements find = new ClStatements().Declare(places, ClIndex.Digits(placeExtents, "update"));
        for (int i = 0; i < tuple; i++)
        {
            find.DeclareIndex(
                $"k{i}", $"IN0_LOAD({string.Join(", ", ["in0", .. places, ClTypes.Number(i)])})", desc.Output.Shape[i]);
        }

        source
            .Define("FIND_ROW(row)", new ClStatements().Declare(slice, ClIndex.Digits(sliceExtents, "row")).ToString())
            .Define(
                "FIND_TARGET(update)", find.ToString() + Target(desc, [.. Enumerable.Range(0, tuple).Select(i => $"k{i}"), .. slice]))
            .Define("UPDATE(update)", $"IN1_LOAD({string.Join(", ", ["in1", .. places, .. slice])})");
    }

    private static string Target(ScatterKernel desc, string[] indices) =>
        $"; const {ClIndex.Type(desc.Output)} target = TARGET_AT({string.Join(", ", indices)})";

    private static string Combine(ScatterKernel desc)
    {
        bool integer = desc.Output.Type == ElementType.Int32;
        return desc.Reduction switch
        {
            ScatterReduction.Add => integer ? "fm_add_int(old, value)" : "((old) + (value))",
            ScatterReduction.Multiply => integer ? "fm_mul_int(old, value)" : "((old) * (value))",
            ScatterReduction.Maximum => integer ? "max(old, value)" : "fm_max(old, value)",
            ScatterReduction.Minimum => integer ? "min(old, value)" : "fm_min(old, value)",
            _ => "(value)",
        };
    }
}
