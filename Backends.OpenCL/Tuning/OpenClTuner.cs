using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>
/// Tunes kernels on a device and keeps the winners in its tuning directory, where devices opened later find them. Products, convolutions
/// and attention are tuned, others have one form. Where the device has images, everything with a streamed weight is tuned with weights in
/// images and in buffers, and the faster of the two becomes the device's way.
/// </summary>
/// <param name="device">Must be idle meanwhile.</param>
/// <param name="options">How long and how often.</param>
/// <param name="clock">For the time that is left.</param>
public sealed class OpenClTuner(OpenClDevice device, TuningOptions options, TimeProvider clock)
{
    /// <summary>Kernels of one signature in one form.</summary>
    private sealed record Work(ImmutableArray<KernelDesc> Kernels, ClTraits Traits, TileProblem Problem, TileEntry? Kept, double TableMs)
    {
        public double Cost => Kernels.Length * TableMs;
    }

    /// <param name="kernels">Of one model or several, compiled for the device.</param>
    /// <param name="progress">Told of every kernel that is done.</param>
    /// <param name="cancellationToken">Stops before the next kernel; what is done stays.</param>
    /// <exception cref="DeviceException">The device has no tuning directory, or it cannot be written.</exception>
    public TuningReport Tune(
        IReadOnlyCollection<KernelDesc> kernels, IProgress<KernelTuning>? progress = null, CancellationToken cancellationToken = default)
    {
        TileStore store = device.OpenTuning();
        long start = clock.GetTimestamp();
        ImmutableArray<Work> all = [.. Forms().SelectMany(traits => Find(kernels, traits, store, cancellationToken))];
        long begin = clock.GetTimestamp();
        bool IsOver() => clock.GetElapsedTime(begin).TotalSeconds >= options.Seconds;
        var done = ImmutableArray.CreateBuilder<KernelTuning>();
        foreach (Work work in all.OrderByDescending(work => work.Cost))
        {
            cancellationToken.ThrowIfCancellationRequested();
            TileEntry entry = work.Kept ?? (IsOver() ? Untried(work) : Tune(work, store, IsOver));
            done.Add(new KernelTuning(
                entry.Kernel,
                work.Kernels.Length,
                work.Traits.WeightImages,
                entry.Of,
                entry.Tried,
                entry.Tiles,
                entry.TableMs,
                entry.BestMs,
                work.Kept is not null));
            progress?.Report(done[^1]);
        }

        bool cut = done.Any(tuning => tuning.Tried < tuning.Candidates);
        (double? images, double? buffers) = Sums(done, all, cut);
        if (images is { } imagesMs && buffers is { } buffersMs)
        {
            Require(store.WriteWeightImages(imagesMs, buffersMs));
        }

        return new TuningReport(done.ToImmutable(), clock.GetElapsedTime(start).TotalSeconds, cut, images, buffers);
    }

    private static TileEntry Untried(Work work) => new(
        work.Problem.Signature, work.Problem.Candidates[0].Text, 1, work.Problem.Candidates.Length, work.TableMs, work.TableMs);

    // Where the time was over, one form may be tuned further than the other: the tables' tiles then compare them fairly.
    private static (double? Images, double? Buffers) Sums(IEnumerable<KernelTuning> done, ImmutableArray<Work> all, bool cut)
    {
        HashSet<string> streamed = [.. all.Where(work => work.Kernels[0].Panels is not null).Select(work => work.Problem.Signature)];
        double Sum(bool images) => done
            .Where(tuning => streamed.Contains(tuning.Kernel) && tuning.WeightImages == images)
            .Sum(tuning => tuning.Kernels * (cut ? tuning.TableMs : tuning.BestMs));
        bool both = streamed.Count > 0 && all.Select(work => work.Traits.WeightImages).Distinct().Count() == 2;
        return both ? (Sum(true), Sum(false)) : (null, null);
    }

    private static void Require(string? problem)
    {
        if (problem is not null)
        {
            throw new DeviceException($"opencl: tuned tiles cannot be kept: {problem}");
        }
    }

    /// <summary>The device as it is first, then with weights in the other kind of memory where it has both.</summary>
    private IEnumerable<ClTraits> Forms()
    {
        bool images = device.Traits.WeightImages;
        yield return device.Untuned(images);
        if (!device.Capabilities.ZeroCopy && device.Info.Images)
        {
            yield return device.Untuned(!images);
        }
    }

    /// <summary>Distinct kernels that have something to choose, the table's choice timed where nothing was kept.</summary>
    private IEnumerable<Work> Find(
        IReadOnlyCollection<KernelDesc> kernels, ClTraits traits, TileStore store, CancellationToken cancellationToken)
    {
        bool other = traits.WeightImages != device.Traits.WeightImages;
        var found = kernels
            .Where(desc => desc.Output.ElementCount > 0 && (!other || desc.Panels is not null))
            .Select(desc => (Desc: desc, Problem: ClKernels.Compile(desc, traits).Tiles?.Problem()))
            .Where(item => item.Problem is not null)
            .GroupBy(item => item.Problem!.Signature);
        foreach (var group in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (KernelDesc desc, TileProblem? problem) = group.First();
            TileEntry? kept = store.Entry(problem!) is { IsComplete: true } entry ? entry : null;
            double tableMs = kept?.TableMs ?? 0;
            if (kept is null)
            {
                using var timer = new DeviceTileTimer(device, desc, traits);
                tableMs = new TileTuner(timer, options).TimeTable(problem!);
            }

            yield return new Work([.. group.Select(item => item.Desc)], traits, problem!, kept, tableMs);
        }
    }

    private TileEntry Tune(Work work, TileStore store, Func<bool> stop)
    {
        using var timer = new DeviceTileTimer(device, work.Kernels[0], work.Traits);
        TileEntry entry = new TileTuner(timer, options).Tune(work.Problem, stop);
        Require(store.Write(entry));
        MakePrograms(work, entry);
        return entry;
    }

    /// <summary>Kernels that share a signature fuse different things: all their programs go to the program cache now, not at the next start.</summary>
    private void MakePrograms(Work work, TileEntry entry)
    {
        KernelTiles winner = work.Problem.Candidates.First(tiles => tiles.Text == entry.Tiles);
        foreach (KernelDesc kernel in work.Kernels)
        {
            device.Prepare(ClKernels.Compile(kernel, work.Traits, winner));
        }
    }
}
