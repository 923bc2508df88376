using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// Stores finished result tiles through the output's view, applying the epilogue while the tile is in cache. Works in runs: stretches
/// of columns over which the output and every operand have one stride. Immutable; shared by all workers.
/// </summary>
internal sealed unsafe class TileOutput
{
    /// <summary>Bytes that <see cref="Store"/> needs as scratch.</summary>
    public const int ScratchBytes = TablesBytes + ElementwiseRunner.ScratchBytes;

    private const int MaxOperands = 15;
    private const int TablesBytes = (MaxOperands + 1) * TileShape.MaxRows * sizeof(long);

    private readonly MatrixView output;
    private readonly ImmutableArray<MatrixView> operands;
    private readonly ElementwiseRunner? runner;
    private readonly FastEpilogue? fast;
    private readonly long runExtent;

    /// <param name="desc">Kernel whose output and epilogue are handled.</param>
    /// <param name="asMatrices">How the family deals out the output's axes to batch, rows and columns.</param>
    public TileOutput(KernelDesc desc, Func<TensorView, MatrixView> asMatrices)
    {
        output = asMatrices(desc.Output);
        operands = [.. desc.Inputs.Skip(desc.EpilogueStart).Select(asMatrices)];
        if (operands.Length > MaxOperands)
        {
            throw new DeviceException(
                $"{desc.Name}: epilogue with {operands.Length} operands; the host takes at most {MaxOperands}");
        }

        if (desc.Epilogue is { } program)
        {
            runner = new ElementwiseRunner(program);
            fast = FastEpilogue.Match(program);
            if (fast is not null && !(IsAdjacent(fast.First) && IsAdjacent(fast.Second)))
            {
                fast = null;
            }
        }

        runExtent = output.Columns.RunExtent;
        foreach (MatrixView operand in operands)
        {
            runExtent = GreatestCommonDivisor(runExtent, operand.Columns.RunExtent);
        }
    }

    /// <summary>Stores a tile.</summary>
    /// <param name="binding">Memory.</param>
    /// <param name="batch">Position along the batch.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">At most <see cref="TileShape.MaxRows"/>.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Columns to store; the tile may hold more.</param>
    /// <param name="tile">Results; overwritten.</param>
    /// <param name="stride">Floats between rows of the tile.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/>, aligned to 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Store(
        OutputBinding binding, long batch, long row, int rows, long column, int columns, float* tile, int stride, byte* scratch)
    {
        long* tables = (long*)scratch;
        FillTable(output, batch, row, rows, tables);
        for (int i = 0; i < operands.Length; i++)
        {
            FillTable(operands[i], batch, row, rows, tables + ((i + 1) * TileShape.MaxRows));
        }

        while (columns > 0)
        {
            int count = (int)Math.Min(columns, runExtent - (column % runExtent));
            StoreRun(binding, rows, column, count, tile, stride, scratch);
            column += count;
            columns -= count;
            tile += count;
        }
    }

    private static void FillTable(MatrixView view, long batch, long row, int rows, long* table)
    {
        view.Rows.Fill(row, rows, table);
        long start = view.Offset + view.Batch.At(batch);
        for (int r = 0; r < rows; r++)
        {
            table[r] += start;
        }
    }

    private static long GreatestCommonDivisor(long a, long b)
    {
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(float* source, float* target, int count, long stride)
    {
        for (int i = 0; i < count; i++)
        {
            *target = source[i];
            target += stride;
        }
    }

    // Absent, or read float after float along every run.
    private bool IsAdjacent(int operand) => operand < 0 || operands[operand].Columns.RunStride == 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreRun(OutputBinding binding, int rows, long column, int count, float* tile, int stride, byte* scratch)
    {
        long* tables = (long*)scratch;
        float* target = binding.Output + output.Columns.At(column);
        long targetStride = output.Columns.RunStride;
        bool dense = targetStride == 1 || count == 1;
        nint* starts = stackalloc nint[MaxOperands];
        for (int i = 0; i < operands.Length; i++)
        {
            starts[i] = (nint)(binding.Operand(i) + operands[i].Columns.At(column));
        }

        if (runner is null && dense)
        {
            for (int r = 0; r < rows; r++)
            {
                StridedBlock.Copy(tile + ((long)r * stride), target + tables[r], count);
            }

            return;
        }

        for (int r = 0; r < rows; r++)
        {
            float* source = tile + ((long)r * stride);
            float* result = dense ? target + tables[r] : source;
            if (fast is not null)
            {
                float* first = fast.First < 0 ? null : RowOf(fast.First, r, starts, tables);
                float* second = fast.Second < 0 ? null : RowOf(fast.Second, r, starts, tables);
                fast.Run(source, first, second, result, count);
            }
            else
            {
                RunProgram(source, result, count, r, starts, scratch);
            }

            if (!dense)
            {
                Scatter(source, target + tables[r], count, targetStride);
            }
        }
    }

    private static float* RowOf(int operand, int row, nint* starts, long* tables) =>
        (float*)starts[operand] + tables[((operand + 1) * TileShape.MaxRows) + row];

    private void RunProgram(float* source, float* result, int count, int row, nint* starts, byte* scratch)
    {
        if (runner is null)
        {
            return;
        }

        OperandRun* runs = stackalloc OperandRun[MaxOperands + 1];
        runs[0] = new OperandRun(source, 1);
        for (int i = 0; i < operands.Length; i++)
        {
            runs[i + 1] = new OperandRun(RowOf(i, row, starts, (long*)scratch), operands[i].Columns.RunStride);
        }

        runner.Run(count, new ReadOnlySpan<OperandRun>(runs, operands.Length + 1), result, scratch + TablesBytes);
    }
}
