using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Abstractions.Kernels;

/// <summary>
/// What every backend's families ask of a kernel before they compile it; a miss is a <see cref="DeviceException"/> that names the kernel.
/// </summary>
/// <param name="device">Name of the backend, for errors.</param>
/// <param name="halfActivations">Its kernels read and write activations of halves.</param>
public sealed class KernelChecks(string device, bool halfActivations = false)
{
    /// <summary>
    /// The family has <paramref name="ownInputs"/> operands of its own; activations are Float32 or Int32, or Float16 where the backend
    /// has them; what the epilogue reads has the output's shape.
    /// </summary>
    public void Check(KernelDesc desc, int ownInputs)
    {
        ArgumentNullException.ThrowIfNull(desc);
        Require(desc.EpilogueStart == ownInputs, desc, $"{desc.EpilogueStart} operands of its own, expected {ownInputs}");
        CheckType(desc, desc.Output);
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            if (!desc.IsFetchedRows(i))
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
    public void SameShape(KernelDesc desc, int input) => Require(
        desc.Inputs[input].Shape == desc.Output.Shape,
        desc,
        $"input {input} has shape {desc.Inputs[input].Shape}, the output {desc.Output.Shape}");

    /// <summary>A view has a number of logical axes.</summary>
    public void Rank(KernelDesc desc, TensorView view, int rank) =>
        Require(view.Rank == rank, desc, $"a view of shape {view.Shape} where {rank} axes belong");

    public void Require(bool condition, KernelDesc desc, string problem)
    {
        if (!condition)
        {
            throw new DeviceException($"{device}: {desc.Family} kernel '{desc.Name}': {problem}");
        }
    }

    private void CheckType(KernelDesc desc, TensorView view) => Require(
        view.Type is ElementType.Float32 or ElementType.Int32 || (halfActivations && view.Type == ElementType.Float16),
        desc,
        $"an activation of type {view.Type}");
}
