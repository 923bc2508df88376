using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Normalize;

/// <summary>
/// Normalises row by row in three passes: the mean, the mean squared deviation from it (so that nothing cancels), the results. The third
/// pass is one program: deviation, scale, shift and epilogue.
/// </summary>
internal sealed unsafe class RowNormalize<T> : IHostKernel
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;

    private readonly NormalizeKernel desc;
    private readonly RowWalk walk;
    private readonly TileStore store;

    public RowNormalize(NormalizeKernel desc, RowWalk walk)
    {
        this.desc = desc;
        this.walk = walk;

        // Operands in the order of the affine program: x, mean, inverse deviation, scale, bias; then the epilogue's.
        store = new TileStore(
            Programs.Then(Affine(desc.HasScale, desc.HasBias), desc.Epilogue),
            [
                TileOperand.View(Input),
                TileOperand.Scalar(0),
                TileOperand.Scalar(1),
                .. Enumerable.Range(1, desc.EpilogueStart - 1).Select(input => TileOperand.View(Input + input)),
                .. TileStore.EpilogueViews(desc),
            ]);
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers) => walk.ForEachRow(desc, command, workers, RunRow);

    private void RunRow(ReadOnlySpan<nint> starts, byte* scratch)
    {
        LoopNest row = walk.Row;
        var cursor = new NestCursor(row, stackalloc long[NestCursor.StorageLongs(row)]);
        float* tile = (float*)(scratch + TileStore.ScratchBytes);
        float mean = desc.Mode == NormalizeMode.MeanVariance ? (float)(Sum(cursor, starts, 0, squared: false, tile) / row.Count) : 0;
        double variance = Sum(cursor, starts, mean, squared: true, tile) / row.Count;
        float* statistics = tile;
        statistics[0] = mean;
        statistics[1] = (float)(1 / Math.Sqrt(variance + desc.Epsilon));
        cursor.Seek(0);
        for (long left = row.Count; left > 0;)
        {
            int count = (int)Math.Min(left, int.MaxValue);
            store.Store(ref cursor, starts, null, statistics, count, scratch);
            left -= count;
        }
    }

    // Tile sums in float, added up in double.
    private static double Sum(NestCursor cursor, ReadOnlySpan<nint> starts, float center, bool squared, float* tile)
    {
        double sum = 0;
        cursor.Seek(0);
        for (long left = cursor.Nest.Count; left > 0; left -= TileStore.TileElements)
        {
            int count = (int)Math.Min(left, TileStore.TileElements);
            float* x = TileLoad.Load(ref cursor, Input, starts[Input], count, tile);
            sum += squared ? NormalizeLoops.SquaredDeviations<T>(x, center, count) : NormalizeLoops.Sum<T>(x, count);
        }

        return sum;
    }

    private static ElementwiseProgram Affine(bool hasScale, bool hasBias)
    {
        int operands = 3 + (hasScale ? 1 : 0) + (hasBias ? 1 : 0);
        var instructions = ImmutableArray.CreateBuilder<ElementwiseInstruction>();
        int value = Emit(ElementwiseOp.Subtract, 0, 1);
        value = Emit(ElementwiseOp.Multiply, value, 2);
        if (hasScale)
        {
            value = Emit(ElementwiseOp.Multiply, value, 3);
        }

        if (hasBias)
        {
            Emit(ElementwiseOp.Add, value, operands - 1);
        }

        return new ElementwiseProgram(operands, instructions.ToImmutable());

        int Emit(ElementwiseOp op, int a, int b)
        {
            instructions.Add(new ElementwiseInstruction(op, ElementType.Float32, a, b));
            return operands + instructions.Count - 1;
        }
    }
}
