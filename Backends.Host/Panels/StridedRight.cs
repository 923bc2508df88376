namespace FlashMem.Backends.Host.Panels;

/// <summary>Right-hand matrices that are a strided view of an activation; a panel block is gathered when it is needed.</summary>
internal sealed unsafe class StridedRight(MatrixView view, float* source) : RightOperand
{
    private readonly int panelsPerMatrix = (int)((view.Columns.Extent + TileShape.PanelWidth - 1) / TileShape.PanelWidth);

    public override double BlockCost => view.Columns.RunStride == 1 ? 3 : 8;

    public override float* Block(int panel, long depthStart, int depth, float* scratch, long* table)
    {
        int matrix = panel / panelsPerMatrix;
        long column = (long)(panel % panelsPerMatrix) * TileShape.PanelWidth;
        int columns = (int)Math.Min(TileShape.PanelWidth, view.Columns.Extent - column);
        if (columns < TileShape.PanelWidth)
        {
            new Span<float>(scratch, depth * TileShape.PanelWidth).Clear();
        }

        view.Rows.Fill(depthStart, depth, table);
        float* start = source + view.Offset + view.Batch.At(matrix);
        StridedBlock.Gather(start, table, depth, view.Columns, column, columns, scratch, TileShape.PanelWidth);
        return scratch;
    }
}
