using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// Address of the first element of a kernel's views in one run: the output's, then the inputs'. The order is also that in which the
/// families number their views.
/// </summary>
internal static class OperandAddresses
{
    /// <summary>View number of the output.</summary>
    public const int Output = 0;

    /// <summary>View number of input 0; the others follow.</summary>
    public const int FirstInput = 1;

    /// <summary>All views of a kernel in their order.</summary>
    public static TensorView[] Views(KernelDesc desc) => [desc.Output, .. desc.Inputs];

    public static nint[] Of(KernelDesc desc, DispatchCommand command)
    {
        var addresses = new nint[desc.Inputs.Length + 1];
        addresses[Output] = First(command.Output, desc.Output);
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            addresses[FirstInput + i] = First(command.Inputs[i], desc.Inputs[i]);
        }

        return addresses;
    }

    private static nint First(MemoryRange range, TensorView view) =>
        range.HostAddress + (nint)(view.Offset * view.Type.SizeInBytes());
}
