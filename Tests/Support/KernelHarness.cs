using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Backends.Host.Workers;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>Runs one host kernel on plain native memory and reads tensors through their views.</summary>
internal static class KernelHarness
{
    /// <summary>What output elements hold before the kernel runs.</summary>
    public const float Untouched = 12345.5f;

    /// <summary>Runs a kernel once, or once per slice of its panels, and returns the output's buffer.</summary>
    /// <param name="kernel">Compiled kernel.</param>
    /// <param name="inputs">Buffer of every input slot.</param>
    /// <param name="weight">Streamed weight; null for none.</param>
    /// <param name="workers">Pool to run on.</param>
    /// <param name="panelsPerChunk">How the weight is cut into chunks.</param>
    /// <param name="slices">Panel ranges to dispatch in this order; null for one dispatch of all.</param>
    public static float[] Run(
        IHostKernel kernel,
        IReadOnlyList<float[]> inputs,
        PanelWeightData? weight,
        WorkerPool workers,
        int panelsPerChunk = 1,
        IEnumerable<PanelRange>? slices = null)
    {
        TestMemory[] memory = [.. inputs.Select(input => TestMemory.Of(input))];
        var filler = new float[kernel.Desc.Output.UpperBound];
        Array.Fill(filler, Untouched);
        using var output = TestMemory.Of(filler);
        var command = new DispatchCommand
        {
            Kernel = kernel,
            Inputs = [.. memory.Select(block => block.Range)],
            Output = output.Range,
        };
        if (weight is null)
        {
            kernel.Run(command, workers);
        }
        else
        {
            foreach (PanelRange slice in slices ?? [new PanelRange(0, weight.Layout.PanelCount)])
            {
                TestMemory[] chunks = Chunks(weight, slice, panelsPerChunk);
                kernel.Run(
                    command with
                    {
                        Panels = slice,
                        PanelsPerChunk = panelsPerChunk,
                        WeightChunks = [.. chunks.Select(chunk => chunk.Range)],
                    },
                    workers);
                Dispose(chunks);
            }
        }

        Dispose(memory);
        return output.Floats();
    }

    /// <summary>Elements of a view in logical order.</summary>
    public static double[] Logical(TensorView view, float[] buffer)
    {
        var values = new double[view.ElementCount];
        for (long i = 0; i < values.Length; i++)
        {
            values[i] = buffer[view.AddressOf(i)];
        }

        return values;
    }

    /// <summary>A random buffer that holds every element of a view.</summary>
    public static float[] RandomBuffer(TensorView view, Random random)
    {
        var buffer = new float[view.UpperBound];
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return buffer;
    }

    /// <summary>
    /// A view of a shape with every axis laid out at random: axes in any memory order, gaps between rows, sometimes an axis in two
    /// factors or an offset. No two elements share an address.
    /// </summary>
    public static TensorView RandomView(Shape shape, Random random)
    {
        var pieces = new List<(int Axis, int Order, long Extent)>();
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long extent = shape[axis];
            long split = random.Next(3) == 0 ? Enumerable.Range(2, 6).FirstOrDefault(f => extent % f == 0 && extent > f) : 0;
            if (split > 0)
            {
                pieces.Add((axis, 0, extent / split));
                extent = split;
            }

            pieces.Add((axis, 1, extent));
        }

        (int Axis, int Order, long Extent)[] placed = [.. pieces];
        if (random.Next(2) == 0)
        {
            random.Shuffle(placed);
        }

        var factors = new SortedDictionary<(int Axis, int Order), ViewFactor>();
        long stride = random.Next(4) == 0 ? 2 : 1;
        foreach ((int axis, int order, long extent) in placed.Reverse())
        {
            factors[(axis, order)] = new ViewFactor(extent, stride);
            stride = (stride * extent) + (random.Next(4) == 0 ? random.Next(5) : 0);
        }

        return TensorView.FromFactors(
            ElementType.Float32,
            Enumerable.Range(0, shape.Rank).Select(axis => factors.Where(pair => pair.Key.Axis == axis).Select(pair => pair.Value)),
            random.Next(3));
    }

    /// <summary>A view of a shape that repeats along the axes not kept.</summary>
    public static TensorView Broadcast(Shape shape, params ReadOnlySpan<int> keptAxes)
    {
        var strides = new long[shape.Rank];
        long stride = 1;
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            if (keptAxes.Contains(axis))
            {
                strides[axis] = stride;
                stride *= shape[axis];
            }
        }

        return TensorView.FromStrides(ElementType.Float32, shape, strides);
    }

    /// <summary>Cuts all panels into random consecutive ranges, in random order.</summary>
    public static ImmutableArray<PanelRange> RandomSlices(PanelLayout layout, Random random)
    {
        var slices = new List<PanelRange>();
        for (int start = 0; start < layout.PanelCount;)
        {
            int count = random.Next(1, Math.Min(7, layout.PanelCount - start) + 1);
            slices.Add(new PanelRange(start, count));
            start += count;
        }

        PanelRange[] shuffled = [.. slices];
        random.Shuffle(shuffled);
        return [.. shuffled];
    }

    /// <summary>Checks results against a reference; the tolerance grows with the number of added products.</summary>
    public static void AssertClose(double[] expected, double[] actual, long terms, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double tolerance = 2e-6 * (2 + Math.Sqrt(terms));
        for (int i = 0; i < expected.Length; i++)
        {
            double allowed = tolerance * Math.Max(1, Math.Abs(expected[i]));
            if (!(Math.Abs(expected[i] - actual[i]) <= allowed) && !(double.IsNaN(expected[i]) && double.IsNaN(actual[i])))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]:g9}, expected {expected[i]:g9} within {allowed:g2}");
            }
        }
    }

    private static TestMemory[] Chunks(PanelWeightData weight, PanelRange slice, int panelsPerChunk)
    {
        var chunks = new List<TestMemory>();
        for (int panel = slice.Start; panel < slice.End; panel += panelsPerChunk)
        {
            int count = Math.Min(panelsPerChunk, slice.End - panel);
            long start = panel * weight.Layout.PanelBytes;
            chunks.Add(new TestMemory(weight.Bytes.AsSpan((int)start, (int)(count * weight.Layout.PanelBytes))));
        }

        return [.. chunks];
    }

    private static void Dispose(TestMemory[] blocks)
    {
        foreach (TestMemory block in blocks)
        {
            block.Dispose();
        }
    }
}
