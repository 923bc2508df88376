using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;
using FlashMem.Tests.Support;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Panels;

public sealed unsafe class AxisWalkTests
{
    [Property(MaxTest = 100)]
    public void OffsetsAreTheViewsAddresses(int seed)
    {
        var random = new Random(seed);
        var shape = new Shape(random.Next(1, 7), random.Next(1, 13), random.Next(1, 9));
        TensorView view = KernelHarness.RandomView(shape, random);
        var walk = new AxisWalk(view.Factors());
        Assert.Equal(shape.ElementCount, walk.Extent);
        var offsets = new long[walk.Extent];
        fixed (long* start = offsets)
        {
            int first = random.Next((int)walk.Extent);
            walk.Fill(first, (int)walk.Extent - first, start + first);
            for (int i = 0; i < walk.Extent; i++)
            {
                Assert.Equal(view.AddressOf(i), view.Offset + walk.At(i));
                Assert.True(i < first || walk.At(i) == offsets[i]);
            }
        }
    }

    [Property(MaxTest = 100)]
    public void ARunHasOneStride(int seed)
    {
        var random = new Random(seed);
        TensorView view = KernelHarness.RandomView(new Shape(random.Next(1, 7), random.Next(1, 30)), random);
        var walk = new AxisWalk(view.Factors());
        for (long position = 0; position < walk.Extent;)
        {
            int length = walk.Run(position, (int)(walk.Extent - position), out long offset);
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(walk.At(position + i), offset + (i * walk.RunStride));
            }

            position += length;
        }
    }
}
