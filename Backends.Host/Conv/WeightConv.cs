using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Conv;

/// <summary>Convolution with a streamed weight, as a product of windows and panels.</summary>
internal sealed unsafe class WeightConv : IHostKernel
{
    private readonly ConvKernel desc;
    private readonly PanelLayout weight;
    private readonly PanelProduct product;

    public WeightConv(ConvKernel desc, PanelLayout weight)
    {
        TileShape.RequirePanelWidth(weight, desc.Name);
        var geometry = new ConvGeometry(desc);
        long depth = desc.Kernel.Height * desc.Kernel.Width * (geometry.Channels.Extent / desc.Groups);
        if (weight.Groups != desc.Groups || weight.Depth != depth || (long)weight.Columns * desc.Groups != desc.Output.Shape[1])
        {
            throw new DeviceException(
                $"{desc.Name}: weight of {weight.Groups} groups [{weight.Depth}, {weight.Columns}] for {desc.Groups} groups of depth "
                + $"{depth} and output {desc.Output.Shape}");
        }

        this.desc = desc;
        this.weight = weight;
        product = new PanelProduct(
            geometry.Rows,
            depth,
            weight.Columns,
            matricesAreColumns: true,
            Left(desc, geometry, depth),
            new TileOutput(desc, MatrixView.OfPixels));
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers) => product.Run(
        workers,
        command.Panels,
        (float*)command.Inputs[0].HostAddress,
        new WeightPanels(weight, command, desc.Name),
        new OutputBinding(desc, command));

    // A pointwise convolution is a product of the input's pixels themselves, seen at the convolution's stride.
    private static LeftOperand Left(ConvKernel desc, ConvGeometry geometry, long depth)
    {
        if (geometry.IsPointwise)
        {
            TensorView? pixels = desc.Inputs[0]
                .TrySlice(2, 0, geometry.OutputHeight, desc.Strides.Height)
                ?.TrySlice(3, 0, geometry.OutputWidth, desc.Strides.Width);
            if (pixels is not null)
            {
                return new StridedLeft(MatrixView.OfPixels(pixels), depth, matricesAreColumns: true);
            }
        }

        return new ConvLeft(geometry, desc.Groups);
    }
}
