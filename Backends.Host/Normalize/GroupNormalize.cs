using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Views;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host.Normalize;

/// <summary>
/// Normalisation of rows whose runs are neighbours in memory: groups of channels of a channels-last image. A task takes a block of whole
/// groups and passes over the pixels with the block's channels as one run, keeping a sum per channel; the channels' sums give the
/// groups' statistics. Results do not depend on how groups are cut into blocks.
/// </summary>
internal sealed unsafe class GroupNormalize<T> : IHostKernel
    where T : struct, ILane<T>
{
    private const int Input = OperandAddresses.FirstInput;

    // Channels per block, and pixels after which float sums are added up in double.
    private const int MaxChannels = 1024;
    private const int PixelsPerSum = 64;

    private readonly NormalizeKernel desc;
    private readonly TileStore store;
    private readonly LoopNest images;
    private readonly LoopNest row;
    private readonly int groups;
    private readonly int channelsPerGroup;

    public GroupNormalize(NormalizeKernel desc, RowWalk walk)
    {
        this.desc = desc;
        store = TileStore.ForEpilogue(desc);
        images = walk.Rows.WithoutRun();
        row = Pixels(walk);
        groups = (int)walk.Rows.RunExtent;
        channelsPerGroup = (int)row.RunExtent;
    }

    public KernelDesc Desc => desc;

    /// <summary>True when every row's runs continue in the next row's, in all views, and scale and bias are per channel.</summary>
    public static bool Accepts(RowWalk walk)
    {
        LoopNest row = Pixels(walk);
        LoopNest rows = walk.Rows;
        if (row.IsOneRun || rows.RunExtent < 2 || row.RunExtent > MaxChannels
            || row.RunStride(OperandAddresses.Output) != 1 || row.RunStride(Input) != 1)
        {
            return false;
        }

        for (int view = 0; view < row.Views; view++)
        {
            if (rows.RunStride(view) != row.RunExtent * row.RunStride(view))
            {
                return false;
            }
        }

        return true;
    }

    public void Run(DispatchCommand command, WorkerPool workers)
    {
        nint[] addresses = OperandAddresses.Of(desc, command);
        int most = Math.Max(1, MaxChannels / channelsPerGroup);
        int groupsPerBlock = (int)Math.Min(most, Math.Max(1, groups / Math.Max(1, workers.Count / images.Count)));
        int blocks = (groups + groupsPerBlock - 1) / groupsPerBlock;
        workers.Run(checked((int)(images.Count * blocks)), (task, scratch) =>
        {
            int firstGroup = task % blocks * groupsPerBlock;
            int blockGroups = Math.Min(groupsPerBlock, groups - firstGroup);
            var image = new NestCursor(images, stackalloc long[NestCursor.StorageLongs(images)]);
            image.Seek(task / blocks);
            Span<nint> starts = stackalloc nint[addresses.Length];
            for (int v = 0; v < starts.Length; v++)
            {
                starts[v] = (nint)(image.At(v, addresses[v]) + ((long)firstGroup * channelsPerGroup * row.RunStride(v)));
            }

            RunBlock(starts, blockGroups, scratch);
        });
    }

    // A row with its channels as the run; a row of one channel gets a run of one.
    private static LoopNest Pixels(RowWalk walk) =>
        walk.Row.RunStride(OperandAddresses.Output) == 1 ? walk.Row : walk.Row.WithUnitRunOf(walk.Rows);

    private void RunBlock(ReadOnlySpan<nint> starts, int blockGroups, byte* scratch)
    {
        int channels = blockGroups * channelsPerGroup;
        float* values = (float*)(scratch + TileStore.ScratchBytes);
        var totals = (double*)values;
        float* sums = values + (2 * MaxChannels);
        float* centers = sums + MaxChannels;
        float* factors = centers + MaxChannels;
        float* shifts = factors + MaxChannels;
        float* tile = shifts + MaxChannels;

        new Span<float>(centers, channels).Clear();
        if (desc.Mode == NormalizeMode.MeanVariance)
        {
            SumPixels(starts, channels, null, sums, totals);
            MeanPerGroup(totals, blockGroups);
            for (int c = 0; c < channels; c++)
            {
                centers[c] = (float)totals[c];
            }
        }

        SumPixels(starts, channels, centers, sums, totals);
        MeanPerGroup(totals, blockGroups);
        LoopNest pixels = row.WithRunExtent(channels);
        int scale = Input + 1;
        int bias = scale + (desc.HasScale ? 1 : 0);
        for (int c = 0; c < channels; c++)
        {
            factors[c] = (float)(1 / Math.Sqrt(totals[c] + desc.Epsilon));
        }

        var source = new NestCursor(pixels, stackalloc long[NestCursor.StorageLongs(pixels)]);
        var target = new NestCursor(pixels, stackalloc long[NestCursor.StorageLongs(pixels)]);
        bool perChannel = IsPerChannel(scale, desc.HasScale) && IsPerChannel(bias, desc.HasBias);
        float* inverse = tile + MaxChannels;
        new ReadOnlySpan<float>(factors, channels).CopyTo(new Span<float>(inverse, channels));
        for (long done = 0; done < pixels.Count; done += channels)
        {
            if (done == 0 || !perChannel)
            {
                ReadAffine(source, starts, scale, bias, channels, inverse, factors, shifts);
            }

            NormalizeLoops.AffineRow<T>(source.At(Input, starts[Input]), centers, factors, shifts, tile, channels);
            source.Advance(channels);
            store.Store(ref target, starts, tile, null, channels, scratch);
        }
    }

    // True when a view, if there is one, has the same values for every pixel.
    private bool IsPerChannel(int view, bool exists) => !exists || row.WithoutRun().IsConstant(view);

    private void ReadAffine(
        NestCursor at, ReadOnlySpan<nint> starts, int scale, int bias, int channels, float* inverse, float* factors, float* shifts)
    {
        long scaleStride = desc.HasScale ? row.RunStride(scale) : 0;
        long biasStride = desc.HasBias ? row.RunStride(bias) : 0;
        for (int c = 0; c < channels; c++)
        {
            factors[c] = desc.HasScale ? inverse[c] * at.At(scale, starts[scale])[c * scaleStride] : inverse[c];
            shifts[c] = desc.HasBias ? at.At(bias, starts[bias])[c * biasStride] : 0;
        }
    }

    // Per channel over all pixels: the sum, or with centers the sum of squared deviations.
    private void SumPixels(ReadOnlySpan<nint> starts, int channels, float* centers, float* sums, double* totals)
    {
        LoopNest pixels = row.WithoutRun();
        var cursor = new NestCursor(pixels, stackalloc long[NestCursor.StorageLongs(pixels)]);
        new Span<double>(totals, channels).Clear();
        for (long done = 0; done < pixels.Count;)
        {
            int count = (int)Math.Min(PixelsPerSum, pixels.Count - done);
            new Span<float>(sums, channels).Clear();
            for (int i = 0; i < count; i++)
            {
                float* x = cursor.At(Input, starts[Input]);
                if (centers is null)
                {
                    NormalizeLoops.AddRow<T>(x, sums, channels);
                }
                else
                {
                    NormalizeLoops.AddSquaredRow<T>(x, centers, sums, channels);
                }

                cursor.Advance(1);
            }

            for (int c = 0; c < channels; c++)
            {
                totals[c] += sums[c];
            }

            done += count;
        }
    }

    // Replaces every channel's total by the mean over its group.
    private void MeanPerGroup(double* totals, int blockGroups)
    {
        for (int g = 0; g < blockGroups; g++)
        {
            var group = new Span<double>(totals + (g * channelsPerGroup), channelsPerGroup);
            double sum = 0;
            foreach (double total in group)
            {
                sum += total;
            }

            group.Fill(sum / row.Count);
        }
    }
}
