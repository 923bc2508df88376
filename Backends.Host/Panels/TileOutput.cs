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

        runner = desc.Epilogue is { } program ? new ElementwiseRunner(program) : null;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreRun(OutputBinding binding, int rows, long column, int count, float* tile, int stride, byte* scratch)
    {
        long* tables = (long*)scratch;
        float* target = binding.Output + output.Columns.At(column);
        long targetStride = output.Columns.RunStride;
        OperandRun* runs = stackalloc OperandRun[MaxOperands + 1];
        nint* starts = stackalloc nint[MaxOperands];
        for (int i = 0; i < operands.Length; i++)
        {
            starts[i] = (nint)(binding.Operand(i) + operands[i].Columns.At(column));
        }

        for (int r = 0; r < rows; r++)
        {
            float* source = tile + ((long)r * stride);
            float* destination = target + tables[r];
            bool dense = targetStride == 1 || count == 1;
            if (runner is null)
            {
                if (dense)
                {
                    StridedBlock.Copy(source, destination, count);
                }
                else
                {
                    Scatter(source, destination, count, targetStride);
                }

                continue;
            }

            runs[0] = new OperandRun(source, 1);
            for (int i = 0; i < operands.Length; i++)
            {
                float* operand = (float*)starts[i] + tables[((i + 1) * TileShape.MaxRows) + r];
                runs[i + 1] = new OperandRun(operand, operands[i].Columns.RunStride);
            }

            var all = new ReadOnlySpan<OperandRun>(runs, operands.Length + 1);
            runner.Run(count, all, dense ? destination : source, scratch + TablesBytes);
            if (!dense)
            {
                Scatter(source, destination, count, targetStride);
            }
        }
    }
}
