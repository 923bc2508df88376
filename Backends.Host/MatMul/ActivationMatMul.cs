using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.MatMul;

/// <summary>Activation times activation, a batch of independent products.</summary>
internal sealed unsafe class ActivationMatMul : IHostKernel
{
    private readonly MatMulKernel desc;
    private readonly MatrixView right;
    private readonly PanelProduct product;
    private readonly PanelRange panels;

    public ActivationMatMul(MatMulKernel desc)
    {
        this.desc = desc;
        right = MatrixView.OfMatrices(desc.Inputs[1]);
        product = HostMatMul.Product(desc, right.Rows.Extent, right.Columns.Extent);
        long batch = desc.Output.Shape[0];
        if (right.Batch.Extent != batch)
        {
            throw new DeviceException($"{desc.Name}: right-hand side {desc.Inputs[1].Shape} for output {desc.Output.Shape}");
        }

        panels = new PanelRange(0, checked((int)(batch * product.PanelsPerMatrix)));
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers) => product.Run(
        workers,
        panels,
        (float*)command.Inputs[0].HostAddress,
        new StridedRight(right, (float*)command.Inputs[1].HostAddress),
        new OutputBinding(desc, command));
}
