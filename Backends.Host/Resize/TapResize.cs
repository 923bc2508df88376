using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Resize;

/// <summary>
/// Resamples row by row: input rows are blended into one with channels innermost, then its pixels are blended into the output's. A wide
/// row is done in stretches of output columns, so that the blended input columns fit the scratch.
/// </summary>
internal sealed unsafe class TapResize<T> : IHostKernel
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;

    // Floats of a blended stretch of a row, and of one that had to be gathered first.
    private const int RowFloats = 48 * 1024;

    private readonly ResizeKernel desc;
    private readonly ImageView[] views;
    private readonly ResizeTaps rows;
    private readonly ResizeTaps columns;
    private readonly LoopNest inputRow;
    private readonly LoopNest outputRow;
    private readonly TileStore store;
    private readonly int channels;
    private readonly int stretch;

    public TapResize(ResizeKernel desc)
    {
        this.desc = desc;
        views = [.. OperandAddresses.Views(desc).Select(view => new ImageView(view))];
        channels = checked((int)views[0].Channels);
        rows = ResizeTaps.Create(desc, views[Input].Rows, views[0].Rows, desc.ScaleHeight);
        columns = ResizeTaps.Create(desc, views[Input].Columns, views[0].Columns, desc.ScaleWidth);

        // Both with pixels in order and a pixel's channels innermost.
        int[] channelsLast = [0, 2, 3, 1];
        inputRow = LoopNest.InOrder([desc.Inputs[0].Transpose(channelsLast)], 2, 2);

        // The input's place is taken by the output: it has no pixels in common with it.
        outputRow = LoopNest.InOrder(
            [desc.Output.Transpose(channelsLast), .. desc.Inputs.SetItem(0, desc.Output).Select(view => view.Transpose(channelsLast))],
            2,
            2);
        store = TileStore.ForEpilogue(desc);
        stretch = FindStretch();
    }

    public KernelDesc Desc => desc;

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        ImageView output = views[OperandAddresses.Output];
        var split = new TaskSplit(output.Images * output.Rows, output.Columns * output.Channels * rows.Count, workers.Count);
        workers.Run(split.Tasks, (task, scratch) =>
        {
            Span<nint> starts = stackalloc nint[views.Length];
            for (long unit = split.Start(task); unit < split.End(task); unit++)
            {
                long image = unit / output.Rows;
                long row = unit % output.Rows;
                for (int v = 0; v < starts.Length; v++)
                {
                    starts[v] = v == Input ? 0 : (nint)((float*)addresses[v] + views[v].At(image, row));
                }

                for (long column = 0; column < output.Columns; column += stretch)
                {
                    ResizeStretch(addresses[Input], starts, image, row, column, scratch);
                }
            }
        });
    }

    // Most output columns whose input columns fit the scratch whatever the stretch.
    private int FindStretch()
    {
        long output = views[0].Columns;
        for (long length = Math.Max(1, output); length > 0; length /= 2)
        {
            bool fits = true;
            for (long start = 0; start < output && fits; start += length)
            {
                (int first, int last) = InputColumns(start, Math.Min(output, start + length));
                fits = (long)(last - first + 1) * channels <= RowFloats;
            }

            if (fits)
            {
                return checked((int)length);
            }
        }

        throw new DeviceException(
            $"host: Resize kernel '{desc.Name}': {channels} channels; the pixels that one is blended of do not fit {RowFloats} floats");
    }

    private (int First, int Last) InputColumns(long start, long end)
    {
        int first = int.MaxValue;
        int last = 0;
        for (long column = start; column < end; column++)
        {
            foreach (int position in columns.Positions(column))
            {
                first = Math.Min(first, position);
                last = Math.Max(last, position);
            }
        }

        return (first, last);
    }

    private void ResizeStretch(nint input, ReadOnlySpan<nint> starts, long image, long row, long column, byte* scratch)
    {
        float* tile = (float*)(scratch + TileStore.ScratchBytes);
        float* blended = tile + TileStore.TileElements;
        long end = Math.Min(views[0].Columns, column + stretch);
        (int first, int last) = InputColumns(column, end);
        float* pixels = BlendRows(input, image, row, first, (last - first + 1) * channels, blended);

        var target = new NestCursor(outputRow, stackalloc long[NestCursor.StorageLongs(outputRow)]);
        target.Seek(column * channels);
        int filled = 0;
        for (; column < end; column++)
        {
            ReadOnlySpan<int> positions = columns.Positions(column);
            ReadOnlySpan<float> weights = columns.Weights(column);
            for (int channel = 0; channel < channels;)
            {
                int count = Math.Min(channels - channel, TileStore.TileElements - filled);
                BlendPixels(pixels + channel, positions, weights, first, tile + filled, count);
                channel += count;
                filled += count;
                if (filled == TileStore.TileElements)
                {
                    store.Store(ref target, starts, tile, null, filled, scratch);
                    filled = 0;
                }
            }
        }

        store.Store(ref target, starts, tile, null, filled, scratch);
    }

    // Some channels of one output pixel.
    private void BlendPixels(float* pixels, ReadOnlySpan<int> positions, ReadOnlySpan<float> weights, int first, float* target, int count)
    {
        if (count < T.Count)
        {
            for (int channel = 0; channel < count; channel++)
            {
                float sum = 0;
                for (int k = 0; k < positions.Length; k++)
                {
                    sum += weights[k] * pixels[((long)(positions[k] - first) * channels) + channel];
                }

                target[channel] = sum;
            }

            return;
        }

        for (int k = 0; k < positions.Length; k++)
        {
            ResizeLoops.Blend<T>(pixels + ((long)(positions[k] - first) * channels), weights[k], k == 0, target, count);
        }
    }

    // A stretch of the input rows that an output row reads, blended; in place when it is one dense row.
    private float* BlendRows(nint input, long image, long row, int firstColumn, int count, float* blended)
    {
        float* gathered = blended + RowFloats;
        ReadOnlySpan<int> positions = rows.Positions(row);
        ReadOnlySpan<float> weights = rows.Weights(row);
        var cursor = new NestCursor(inputRow, stackalloc long[NestCursor.StorageLongs(inputRow)]);
        for (int k = 0; k < positions.Length; k++)
        {
            cursor.Seek((long)firstColumn * channels);
            nint start = (nint)((float*)input + views[Input].At(image, positions[k]));
            float* source = TileLoad.Load(ref cursor, 0, start, count, gathered);
            if (positions.Length == 1)
            {
                return source;
            }

            ResizeLoops.Blend<T>(source, weights[k], k == 0, blended, count);
        }

        return blended;
    }
}
