using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.MatMul;

/// <summary>Activation times streamed weight.</summary>
internal sealed unsafe class WeightMatMul : IHostKernel
{
    private readonly MatMulKernel desc;
    private readonly PanelLayout weight;
    private readonly PanelProduct product;

    public WeightMatMul(MatMulKernel desc, PanelLayout weight)
    {
        TileShape.RequirePanelWidth(weight, desc.Name);
        if (weight.Groups != 1 || desc.Output.Shape[0] != 1)
        {
            throw new DeviceException(
                $"{desc.Name}: MatMul with a streamed weight of {weight.Groups} groups and batch {desc.Output.Shape[0]}; both must be 1");
        }

        this.desc = desc;
        this.weight = weight;
        product = HostMatMul.Product(desc, weight.Depth, weight.Columns);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers) => product.Run(
        workers,
        command.Panels,
        (float*)command.Inputs[0].HostAddress,
        new WeightPanels(weight, command, desc.Name),
        new OutputBinding(desc, command));
}
