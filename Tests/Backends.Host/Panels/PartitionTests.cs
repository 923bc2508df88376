using FlashMem.Backends.Host.Panels;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Backends.Host.Panels;

public sealed class PartitionTests
{
    [Property(MaxTest = 300)]
    public void TasksFitTheirScratch(int seed)
    {
        var random = new Random(seed);
        int rows = random.Next(1, 20000);
        int panels = random.Next(1, 1700);
        var partition = Partition.Choose(rows, random.Next(1, 12000), panels, random.Next(1, 20), random.Next(1, 9), 4, 3);
        Assert.InRange(partition.Rows, 1, TileShape.MaxRows);
        Assert.InRange(partition.Panels, 1, panels);
        Assert.InRange(partition.Rows * partition.Panels * TileShape.PanelWidth, 1, TileShape.MaxTileFloats);
    }

    [Theory]
    [InlineData(128, 768, 24, 2)]
    [InlineData(197, 3072, 24, 2)]
    [InlineData(3136, 64, 2, 2)]
    [InlineData(49, 4608, 16, 2)]
    [InlineData(1, 768, 96, 2)]
    public void WorkIsSharedEvenly(int rows, int depth, int panels, int workers)
    {
        var partition = Partition.Choose(rows, depth, panels, 1, workers, 4, 3);
        int rowBlocks = (rows + partition.Rows - 1) / partition.Rows;
        int panelBlocks = (panels + partition.Panels - 1) / partition.Panels;
        Assert.True(rowBlocks * panelBlocks >= workers, $"{partition}");
        Assert.True((rowBlocks * panelBlocks % workers == 0) || rowBlocks * panelBlocks >= 8 * workers, $"{partition}");
    }
}
