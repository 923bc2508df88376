using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;

namespace FlashMem.Backends.Host.Views;

/// <summary>
/// Stores results through a kernel's output view, by way of a program over the results and other views where there is one. Works run by
/// run; runs too short to be worth a program's start are gathered into tiles first. Immutable and thread-safe.
/// </summary>
internal sealed unsafe class TileStore
{
    /// <summary>Most elements gathered at once; callers that store results tile by tile use tiles of this size too.</summary>
    public const int TileElements = 1024;

    /// <summary>Bytes of scratch that <see cref="Store"/> may use; families put their own after it.</summary>
    public const int ScratchBytes = ElementwiseRunner.ScratchBytes + ((ElementwiseRunner.MaxOperands + 1) * TileBytes) + RunTableBytes;

    private const int TileBytes = TileElements * sizeof(float);
    private const int RunTableBytes = TileElements * sizeof(long);
    private const int ShortRun = 32;

    private readonly ElementwiseRunner? runner;
    private readonly ImmutableArray<TileOperand> operands;

    /// <param name="program">Applied before storing; null stores the results as they are.</param>
    /// <param name="operands">What the program's operands are, in its order.</param>
    public TileStore(ElementwiseProgram? program, ImmutableArray<TileOperand> operands)
    {
        runner = program is null ? null : new ElementwiseRunner(program);
        this.operands = operands;
    }

    /// <summary>
    /// Stores a family's results through its epilogue. Views are numbered as in <see cref="OperandAddresses"/>.
    /// </summary>
    public static TileStore ForEpilogue(KernelDesc desc) =>
        new(desc.Epilogue, [TileOperand.Results, .. EpilogueViews(desc)]);

    /// <summary>The views of the epilogue's operands 1 and on.</summary>
    public static ImmutableArray<TileOperand> EpilogueViews(KernelDesc desc) =>
        [.. Enumerable.Range(desc.EpilogueStart, desc.Inputs.Length - desc.EpilogueStart)
            .Select(input => TileOperand.View(OperandAddresses.FirstInput + input))];

    /// <summary>Stores the next <paramref name="count"/> positions and moves the cursor past them.</summary>
    /// <param name="cursor">Over a nest of the kernel's views.</param>
    /// <param name="starts">Address of every view's first element.</param>
    /// <param name="results">One dense float per position; null when the program reads none.</param>
    /// <param name="scalars">Values of the program's scalar operands; null when it has none.</param>
    /// <param name="count">Positions.</param>
    /// <param name="scratch"><see cref="ScratchBytes"/>, aligned to 64.</param>
    public void Store(ref NestCursor cursor, ReadOnlySpan<nint> starts, float* results, float* scalars, int count, byte* scratch)
    {
        while (count > 0)
        {
            int length = (int)Math.Min(count, cursor.RunLeft);
            if (runner is null)
            {
                TileLoad.Scatter(results, cursor.At(OperandAddresses.Output, starts[0]), cursor.Nest.RunStride(0), length);
                cursor.Advance(length);
            }
            else if (length < Math.Min(ShortRun, count))
            {
                length = Math.Min(count, TileElements);
                StoreShortRuns(ref cursor, starts, results, scalars, length, scratch);
            }
            else
            {
                StoreRun(ref cursor, starts, results, scalars, length, scratch);
            }

            results += length;
            count -= length;
        }
    }

    private void StoreRun(ref NestCursor cursor, ReadOnlySpan<nint> starts, float* results, float* scalars, int count, byte* scratch)
    {
        Span<OperandRun> runs = stackalloc OperandRun[operands.Length];
        long stride = cursor.Nest.RunStride(OperandAddresses.Output);
        float* buffer = (float*)(scratch + ElementwiseRunner.ScratchBytes);
        bool dense = stride == 1 || count == 1;
        int most = dense ? count : TileElements;
        for (int done = 0; done < count; done += most)
        {
            int length = Math.Min(most, count - done);
            for (int i = 0; i < runs.Length; i++)
            {
                TileOperand operand = operands[i];
                runs[i] = operand.Kind switch
                {
                    TileOperandKind.View => new OperandRun(
                        cursor.At(operand.Index, starts[operand.Index]), cursor.Nest.RunStride(operand.Index)),
                    TileOperandKind.Scalar => new OperandRun(scalars + operand.Index, 0),
                    _ => new OperandRun(results + done, 1),
                };
            }

            float* destination = cursor.At(OperandAddresses.Output, starts[0]);
            if (dense)
            {
                runner!.Run(length, runs, destination, scratch);
            }
            else
            {
                runner!.Run(length, runs, buffer, scratch);
                TileLoad.Scatter(buffer, destination, stride, length);
            }

            cursor.Advance(length);
        }
    }

    private void StoreShortRuns(
        ref NestCursor cursor, ReadOnlySpan<nint> starts, float* results, float* scalars, int count, byte* scratch)
    {
        LoopNest nest = cursor.Nest;
        float* buffer = (float*)(scratch + ElementwiseRunner.ScratchBytes);
        float* tiles = buffer + TileElements;
        var targets = (long*)(tiles + (ElementwiseRunner.MaxOperands * TileElements));
        Span<OperandRun> runs = stackalloc OperandRun[operands.Length];
        for (int i = 0; i < runs.Length; i++)
        {
            TileOperand operand = operands[i];
            runs[i] = operand.Kind switch
            {
                TileOperandKind.Scalar => new OperandRun(scalars + operand.Index, 0),
                TileOperandKind.Results => new OperandRun(results, 1),
                _ when nest.IsConstant(operand.Index) => new OperandRun(cursor.At(operand.Index, starts[operand.Index]), 0),
                _ => new OperandRun(tiles + (i * TileElements), 1),
            };
        }

        int first = (int)Math.Min(count, cursor.RunLeft);
        int stretches = 0;
        for (int done = 0; done < count; stretches++)
        {
            int length = (int)Math.Min(count - done, cursor.RunLeft);
            targets[stretches] = (long)cursor.At(OperandAddresses.Output, starts[0]);
            for (int i = 0; i < runs.Length; i++)
            {
                TileOperand operand = operands[i];
                if (operand.Kind == TileOperandKind.View && runs[i].Stride == 1)
                {
                    float* source = cursor.At(operand.Index, starts[operand.Index]);
                    TileLoad.Gather(source, nest.RunStride(operand.Index), runs[i].Pointer + done, length);
                }
            }

            cursor.Advance(length);
            done += length;
        }

        runner!.Run(count, runs, buffer, scratch);
        long stride = nest.RunStride(OperandAddresses.Output);
        int stored = 0;
        for (int i = 0; i < stretches; i++)
        {
            int length = (int)Math.Min(count - stored, i == 0 ? first : nest.RunExtent);
            TileLoad.Scatter(buffer + stored, (float*)targets[i], stride, length);
            stored += length;
        }
    }
}
