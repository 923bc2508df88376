using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Device;
using FlashMem.Backends.OpenCL.Programs;
using FlashMem.Tests.Conformance;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Backends.OpenCL.Dense;

/// <summary>Runs a kernel compiled for some device's traits on the driver that is here, and compares it with the reference.</summary>
internal static class TemplateCases
{
    private const float Untouched = 12345.5f;

    /// <summary>Traits of a small GPU, so that its templates run on any driver.</summary>
    public static ClTraits Gpu(ClTraits own) =>
        own with { Cpu = false, WeightImages = false, ComputeUnits = 4, MaxWorkGroup = 256, LocalBytes = 32 << 10 };

    public static void Check(OpenClDevice device, ClTraits traits, KernelCase kernelCase, string label) =>
        Check(device, ClKernels.Compile(kernelCase.Desc, traits), kernelCase, label);

    public static void Check(OpenClDevice device, IClKernel compiled, KernelCase kernelCase, string label)
    {
        KernelDesc desc = kernelCase.Desc;
        var expected = new ReferenceMemory(desc.Output.Type, desc.Output.UpperBound);
        ReferenceKernels.Run(desc, kernelCase.Inputs, kernelCase.Weight?.Values, expected);
        float[] actual = Run(device, compiled, kernelCase, kernelCase.Slices);
        foreach (long address in ReferenceMemory.Addresses(desc.Output))
        {
            double allowed = kernelCase.Tolerance * Math.Max(1, Math.Abs(expected[address]));
            Assert.True(
                Math.Abs(actual[address] - expected[address]) <= allowed,
                $"{label}: element at address {address} is {actual[address]:g9}, expected {expected[address]:g9}; "
                + $"inputs {string.Join(" ", desc.Inputs)}; output {desc.Output}; {desc}");
        }
    }

    /// <summary>The output's buffer. Chunks of a slice lie in one allocation, in a shuffled order when that is asked for.</summary>
    public static float[] Run(
        OpenClDevice device, ClTraits traits, KernelCase kernelCase, IEnumerable<PanelRange> slices, Random? shuffle = null) =>
        Run(device, ClKernels.Compile(kernelCase.Desc, traits), kernelCase, slices, shuffle);

    public static float[] Run(
        OpenClDevice device, IClKernel compiled, KernelCase kernelCase, IEnumerable<PanelRange> slices, Random? shuffle = null)
    {
        KernelDesc desc = kernelCase.Desc;
        ICompiledKernel kernel = device.Prepare(compiled);
        using var memory = new CaseMemory(device);
        ImmutableArray<MemoryRange> inputs =
            [.. kernelCase.Inputs.Select(input => memory.Upload(MemoryTier.Activation, CaseMemory.Encode(input)))];
        var blank = new float[desc.Output.UpperBound];
        Array.Fill(blank, Untouched);
        MemoryRange output = memory.Upload(MemoryTier.Activation, MemoryMarshal.AsBytes(blank.AsSpan()));
        Timeline done = device.CreateTimeline("done");
        ulong steps = 0;
        foreach (PanelRange slice in slices)
        {
            var command = new DispatchCommand
            {
                Kernel = kernel,
                Inputs = inputs,
                Output = output,
                Panels = slice,
                PanelsPerChunk = kernelCase.PanelsPerChunk,
                WeightChunks = kernelCase.Weight is { } weight
                    ? Chunks(memory, weight, slice, kernelCase.PanelsPerChunk, shuffle) : [],
            };
            device.ComputeQueue.Dispatch(command, [], done.At(++steps));
        }

        done.Wait(steps);
        output.Memory.Read(output.Offset, MemoryMarshal.AsBytes(blank.AsSpan()));
        return blank;
    }

    private static ImmutableArray<MemoryRange> Chunks(
        CaseMemory memory, PanelWeightData weight, PanelRange slice, int panelsPerChunk, Random? shuffle)
    {
        int count = (slice.Count + panelsPerChunk - 1) / panelsPerChunk;
        int[] slots = [.. Enumerable.Range(0, count)];
        shuffle?.Shuffle(slots);
        long slotBytes = ((weight.Layout.PanelBytes * panelsPerChunk) + 4095) / 4096 * 4096;
        var arena = new byte[slotBytes * count];
        var sizes = new int[count];
        for (int i = 0; i < count; i++)
        {
            int first = slice.Start + (i * panelsPerChunk);
            sizes[i] = (int)(Math.Min(panelsPerChunk, slice.End - first) * weight.Layout.PanelBytes);
            weight.Bytes.AsSpan((int)(first * weight.Layout.PanelBytes), sizes[i]).CopyTo(arena.AsSpan((int)(slots[i] * slotBytes)));
        }

        MemoryRange all = memory.Upload(MemoryTier.Unified, arena);
        return [.. Enumerable.Range(0, count).Select(i => new MemoryRange(all.Memory, slots[i] * slotBytes, sizes[i]))];
    }
}
