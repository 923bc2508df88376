using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.Host.Panels;

/// <summary>Memory of one run's output and of the operands of its epilogue.</summary>
internal sealed unsafe class OutputBinding
{
    private readonly nint[] operands;

    public OutputBinding(KernelDesc desc, DispatchCommand command)
    {
        Output = (float*)command.Output.HostAddress;
        operands = new nint[desc.Inputs.Length - desc.EpilogueStart];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = command.Inputs[desc.EpilogueStart + i].HostAddress;
        }
    }

    public float* Output { get; }

    /// <summary>Operand <paramref name="index"/> + 1 of the epilogue.</summary>
    public float* Operand(int index) => (float*)operands[index];
}
