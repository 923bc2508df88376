using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Panels;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Attention;

/// <summary>
/// Attention with a running softmax. A task is 32 queries of one head; it walks the keys in blocks and keeps scores as [key][query], so
/// that keys and values are the left-hand sides of both products and need no transposition: scores = K Q^T, output^T += V^T scores.
/// The score matrix never exists outside one task's block.
/// </summary>
internal sealed unsafe class HeadAttention : IHostKernel
{
    private readonly AttentionKernel desc;
    private readonly MatrixView queries;
    private readonly MatrixView keys;
    private readonly MatrixView values;
    private readonly MatrixView? mask;
    private readonly TileOutput output;
    private readonly AttentionScratch layout;
    private readonly AxisWalk lanes = new([new ViewFactor(TileShape.PanelWidth, 1)]);
    private readonly AxisWalk sumElements;
    private readonly int queryCount;
    private readonly int keyCount;
    private readonly int depth;
    private readonly int valueDepth;

    public HeadAttention(AttentionKernel desc)
    {
        int needed = desc.HasMask ? 4 : 3;
        if (desc.EpilogueStart != needed)
        {
            throw new DeviceException($"{desc.Name}: attention has {desc.EpilogueStart} operands of its own, expected {needed}");
        }

        Shape q = desc.Inputs[0].Shape;
        Shape k = desc.Inputs[1].Shape;
        Shape v = desc.Inputs[2].Shape;
        bool consistent = q.Rank == 4 && k == new Shape(q[0], q[1], k[2], q[3]) && v == new Shape(q[0], q[1], k[2], v[3])
            && desc.Output.Shape == new Shape(q[0], q[1], q[2], v[3])
            && (!desc.HasMask || desc.Inputs[3].Shape == new Shape(q[0], q[1], q[2], k[2]));
        if (!consistent)
        {
            throw new DeviceException(
                $"{desc.Name}: attention of Q {q}, K {k}, V {v}{(desc.HasMask ? $", mask {desc.Inputs[3].Shape}" : "")} into "
                + $"{desc.Output.Shape}");
        }

        this.desc = desc;
        queryCount = checked((int)q[2]);
        keyCount = checked((int)k[2]);
        depth = checked((int)q[3]);
        valueDepth = checked((int)v[3]);
        queries = MatrixView.OfHeads(desc.Inputs[0]);
        keys = MatrixView.OfHeads(desc.Inputs[1]);
        values = MatrixView.OfHeads(desc.Inputs[2]);
        mask = desc.HasMask ? MatrixView.OfHeads(desc.Inputs[3]) : null;
        sumElements = new AxisWalk([new ViewFactor(valueDepth, TileShape.PanelWidth)]);
        output = new TileOutput(desc, MatrixView.OfHeads);
        layout = new AttentionScratch(depth, valueDepth);
        if (layout.KeyBlock == 0)
        {
            throw new DeviceException(
                $"{desc.Name}: attention heads of {depth} and {valueDepth} elements do not fit {WorkerPool.ScratchBytes} bytes of scratch");
        }
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        float* q = (float*)command.Inputs[0].HostAddress;
        float* k = (float*)command.Inputs[1].HostAddress;
        float* v = (float*)command.Inputs[2].HostAddress;
        float* bias = mask is null ? null : (float*)command.Inputs[3].HostAddress;
        var binding = new OutputBinding(desc, command);
        int panels = (queryCount + TileShape.PanelWidth - 1) / TileShape.PanelWidth;
        workers.Run(checked((int)queries.Batch.Extent * panels), (task, scratch) =>
        {
            (int head, int panel) = Math.DivRem(task, panels);
            RunTask(q, k, v, bias, binding, head, panel * TileShape.PanelWidth, scratch);
        });
    }

    private static float* Head(MatrixView view, float* memory, int head) => memory + view.Offset + view.Batch.At(head);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunTask(
        float* q, float* k, float* v, float* bias, OutputBinding binding, int head, int firstQuery, byte* scratch)
    {
        int count = Math.Min(TileShape.PanelWidth, queryCount - firstQuery);
        float* sums = layout.Sums(scratch);
        float* scores = layout.Scores(scratch);
        PackQueries(Head(queries, q, head), firstQuery, count, scratch);
        new Span<float>(sums, valueDepth * TileShape.PanelWidth).Clear();
        var state = QueryState.Start();
        for (int first = 0; first < keyCount; first += layout.KeyBlock)
        {
            int block = Math.Min(layout.KeyBlock, keyCount - first);
            Score(Head(keys, k, head), first, block, count, scratch);
            if (mask is not null)
            {
                AddMask(Head(mask, bias, head), firstQuery, count, first, block, scores);
            }

            QueryState.Absorb(&state, scores, block, sums, first == 0 ? 0 : valueDepth);
            AddValues(Head(values, v, head), first, block, count, scratch);
        }

        QueryState.Finish(&state, sums, valueDepth);
        float* rows = layout.Rows(scratch);
        long* table = AttentionScratch.Table(scratch);
        lanes.Fill(0, count, table);
        StridedBlock.Gather(sums, table, count, sumElements, 0, valueDepth, rows, valueDepth);
        output.Store(binding, head, firstQuery, count, 0, valueDepth, rows, valueDepth, AttentionScratch.Output(scratch));
    }

    // Queries as a scaled panel [depth][32], zeros beyond the last query.
    private void PackQueries(float* source, int firstQuery, int count, byte* scratch)
    {
        float* panel = AttentionScratch.Queries(scratch);
        long* table = AttentionScratch.Table(scratch);
        if (count < TileShape.PanelWidth)
        {
            new Span<float>(panel, depth * TileShape.PanelWidth).Clear();
        }

        // The panel's rows are the queries' columns, so the walk's roles are exchanged; depth goes in blocks that fit the table.
        for (int start = 0; start < depth; start += TileShape.DepthBlock)
        {
            int steps = Math.Min(TileShape.DepthBlock, depth - start);
            queries.Columns.Fill(start, steps, table);
            StridedBlock.Gather(
                source, table, steps, queries.Rows, firstQuery, count, panel + (start * TileShape.PanelWidth), TileShape.PanelWidth);
        }

        Scale(panel, depth * TileShape.PanelWidth, desc.Scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* values, int count, float factor)
    {
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            (Vector512.Load(values + i) * factor).Store(values + i);
        }
    }

    // scores[key][query] = key . query for a block of keys.
    private void Score(float* source, int firstKey, int block, int count, byte* scratch)
    {
        long* table = AttentionScratch.Table(scratch);
        float* packed = AttentionScratch.Keys(scratch);
        float* panel = AttentionScratch.Queries(scratch);
        float* scores = layout.Scores(scratch);
        for (int key = 0; key < block; key += AttentionScratch.KeyTile)
        {
            int tile = Math.Min(AttentionScratch.KeyTile, block - key);
            keys.Rows.Fill(firstKey + key, tile, table);
            for (int start = 0; start < depth; start += TileShape.DepthBlock)
            {
                int steps = Math.Min(TileShape.DepthBlock, depth - start);
                StridedBlock.Gather(source, table, tile, keys.Columns, start, steps, packed, TileShape.LeftStride);
                TileProduct.Multiply<PackedRows>(
                    packed,
                    1,
                    tile,
                    panel + (start * TileShape.PanelWidth),
                    steps,
                    count,
                    scores + (key * TileShape.PanelWidth),
                    TileShape.PanelWidth,
                    start > 0);
            }
        }
    }

    // sums[value element][query] += value . weights for a block of keys; values are read as their transpose, in place where they are
    // evenly spaced.
    private void AddValues(float* source, int firstKey, int block, int count, byte* scratch)
    {
        float* left;
        long step;
        if (values.Columns.RunStride == 1 && values.Columns.RunExtent == valueDepth
            && values.Rows.Run(firstKey, block, out long offset) == block)
        {
            left = source + offset;
            step = values.Rows.RunStride;
        }
        else
        {
            long* table = AttentionScratch.Table(scratch);
            values.Rows.Fill(firstKey, block, table);
            left = layout.Values(scratch);
            step = layout.ValueStride;
            StridedBlock.Gather(source, table, block, values.Columns, 0, valueDepth, left, layout.ValueStride);
        }

        TileProduct.Multiply<AdjacentRows>(
            left,
            (nint)step,
            valueDepth,
            layout.Scores(scratch),
            block,
            count,
            layout.Sums(scratch),
            TileShape.PanelWidth,
            accumulate: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMask(float* source, int firstQuery, int count, int firstKey, int block, float* scores)
    {
        AxisWalk rows = mask!.Rows;
        bool shared = rows.RunStride == 0 && rows.RunExtent == rows.Extent;
        for (int key = 0; key < block;)
        {
            int length = mask.Columns.Run(firstKey + key, block - key, out long offset);
            long stride = mask.Columns.RunStride;
            float* target = scores + (key * TileShape.PanelWidth);
            if (shared)
            {
                AddToAllQueries(source + offset, stride, length, target);
            }
            else
            {
                for (int query = 0; query < count; query++)
                {
                    AddToQuery(source + offset + rows.At(firstQuery + query), stride, length, target + query);
                }
            }

            key += length;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToAllQueries(float* source, long stride, int length, float* scores)
    {
        for (int key = 0; key < length; key++)
        {
            float* row = scores + (key * TileShape.PanelWidth);
            Vector512<float> value = Vector512.Create(source[key * stride]);
            (Vector512.Load(row) + value).Store(row);
            (Vector512.Load(row + Vector512<float>.Count) + value).Store(row + Vector512<float>.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToQuery(float* source, long stride, int length, float* scores)
    {
        for (int key = 0; key < length; key++)
        {
            scores[key * TileShape.PanelWidth] += source[key * stride];
        }
    }
}
