namespace FlashMem.Backends.Host.Panels;

/// <summary>Left-hand matrices that are a strided view of an activation.</summary>
/// <param name="view">Rows and depth (the view's columns) of all matrices.</param>
/// <param name="depth">Depth of one matrix.</param>
/// <param name="matricesAreColumns">
/// True when the matrices lie side by side in the columns (convolution groups), false when they are the view's batch.
/// </param>
internal sealed unsafe class StridedLeft(MatrixView view, long depth, bool matricesAreColumns) : LeftOperand
{
    public override double PackCost => view.Columns.RunStride is 0 or 1 ? 3 : 20;

    public override void Locate(int matrix, long row, int rows, long* table)
    {
        view.Rows.Fill(row, rows, table);
        long start = view.Offset + (matricesAreColumns ? 0 : view.Batch.At(matrix));
        for (int r = 0; r < rows; r++)
        {
            table[r] += start;
        }
    }

    public override void Pack(float* source, int matrix, long* table, int rows, long depthStart, int depthCount, float* target)
    {
        long column = (matricesAreColumns ? matrix * depth : 0) + depthStart;
        StridedBlock.Gather(source, table, rows, view.Columns, column, depthCount, target, TileShape.LeftStride);
    }
}
