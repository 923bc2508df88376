using FlashMem.Abstractions.Kernels;

namespace FlashMem.Backends.OpenCL.MatMul;

/// <summary>
/// Extents of a matrix product, whatever family it computes: [Rows x Depth] by [Depth x Columns], for every matrix of a batch or every
/// group of a streamed weight.
/// </summary>
/// <param name="Batch">Matrices; 1 with a streamed weight.</param>
/// <param name="Rows">Rows of the output.</param>
/// <param name="Depth">Length of the reduction.</param>
/// <param name="Columns">Columns of the output; of one group.</param>
/// <param name="Weight">The streamed right side; null when it is an activation.</param>
internal sealed record ProductShape(int Batch, int Rows, int Depth, int Columns, PanelLayout? Weight)
{
    public int Groups => Weight?.Groups ?? 1;

    /// <summary>Panels of 32 columns, of all groups.</summary>
    public int Panels => Weight?.PanelCount ?? (Columns + 31) / 32;
}
