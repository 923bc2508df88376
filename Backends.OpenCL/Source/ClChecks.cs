using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>
/// What every family asks of a kernel before it compiles it; a miss is a <see cref="DeviceException"/> that names the kernel.
/// </summary>
internal static class ClChecks
{
    /// <summary>
    /// The family has <paramref name="ownInputs"/> operands of its own; activations are Float32 or Int32; what the epilogue reads has the
    /// output's shape.
    /// </summary>
    public static void Check(KernelDesc desc, int ownInputs)
    {
        Require(desc.EpilogueStart == ownInputs, desc, $"{desc.EpilogueStart} operands of its own, expected {ownInputs}");
        CheckType(desc, desc.Output);
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            if (desc is not GatherKernel { Mode: GatherMode.FetchedRows } || i > 0)
            {
                CheckType(desc, desc.Inputs[i]);
            }
        }

        for (int i = ownInputs; i < desc.Inputs.Length; i++)
        {
            SameShape(desc, i);
        }
    }

    /// <summary>An input has the output's logical shape.</summary>
    public static void SameShape(KernelDesc desc, int input) => Require(
        desc.Inputs[input].Shape == desc.Output.Shape,
        desc,
        $"input {input} has shape {desc.Inputs[input].Shape}, the output {desc.Output.Shape}");

    /// <summary>A view has a number of logical axes.</summary>
    public static void Rank(KernelDesc desc, TensorView view, int rank) =>
        Require(view.Rank == rank, desc, $"a view of shape {view.Shape} where {rank} axes belong");

    public static void Require(bool condition, KernelDesc desc, string problem)
    {
        if (!condition)
        {
            throw new DeviceException($"opencl: {desc.Family} kernel '{desc.Name}': {problem}");
        }
    }

    /// <summary>An extent or a number of work-items as an int.</summary>
    public static int Int(KernelDesc desc, long value, string what)
    {
        Require(value <= int.MaxValue, desc, $"{value} {what}; kernels count to {int.MaxValue}");
        return (int)value;
    }

    private static void CheckType(KernelDesc desc, TensorView view) =>
        Require(view.Type is ElementType.Float32 or ElementType.Int32, desc, $"an activation of type {view.Type}");
}
