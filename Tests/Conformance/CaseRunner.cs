using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Tests.Conformance.Cases;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Conformance;

/// <summary>Runs a case on a device through its queues and compares the output's whole buffer with the reference.</summary>
internal static class CaseRunner
{
    private const byte Filler = 0x5A;

    public static void Check(IDevice device, KernelCase kernelCase, string label)
    {
        KernelDesc desc = kernelCase.Desc;
        var expected = new ReferenceMemory(desc.Output.Type, desc.Output.UpperBound);
        ReferenceKernels.Run(desc, kernelCase.Inputs, kernelCase.Weight?.Values, expected);
        byte[] actual = Run(device, kernelCase);

        var written = new HashSet<long>(ReferenceMemory.Addresses(desc.Output));
        for (long address = 0; address < desc.Output.UpperBound; address++)
        {
            string where = $"{label}: {desc.Family} {desc.Output} element at address {address}";
            int size = desc.Output.Type.SizeInBytes();
            ReadOnlySpan<byte> bytes = actual.AsSpan((int)address * size, size);
            if (!written.Contains(address))
            {
                Assert.True(bytes.IndexOfAnyExcept(Filler) < 0, $"{where} was written but is not the output's");
                continue;
            }

            double value = desc.Output.Type switch
            {
                ElementType.Int32 => BitConverter.ToInt32(bytes),
                ElementType.Float16 => (double)BitConverter.ToHalf(bytes),
                _ => BitConverter.ToSingle(bytes),
            };
            double allowed = kernelCase.Tolerance * Math.Max(1, Math.Abs(expected[address]));
            bool close = Math.Abs(value - expected[address]) <= allowed || value.Equals(expected[address]);
            Assert.True(
                close,
                $"{where} is {value:g9}, expected {expected[address]:g9} within {allowed:g2}; "
                + $"inputs {string.Join(" ", desc.Inputs)}; {desc}");
        }
    }

    /// <summary>The output's buffer after the kernel ran; bytes that it did not write hold a filler.</summary>
    public static byte[] Run(IDevice device, KernelCase kernelCase)
    {
        KernelDesc desc = kernelCase.Desc;
        ICompiledKernel kernel = device.Prepare(desc);
        using var memory = new CaseMemory(device);
        ImmutableArray<MemoryRange> inputs =
            [.. kernelCase.Inputs.Select(input => memory.Upload(MemoryTier.Activation, CaseMemory.Encode(input)))];
        var blank = new byte[desc.Output.UpperBound * desc.Output.Type.SizeInBytes()];
        Array.Fill(blank, Filler);
        MemoryRange output = memory.Upload(MemoryTier.Activation, blank);
        Timeline done = device.CreateTimeline("done");
        ulong steps = 0;
        foreach (PanelRange slice in kernelCase.Slices)
        {
            device.ComputeQueue.Dispatch(Command(kernel, kernelCase, slice, memory, inputs, output), [], done.At(++steps));
        }

        done.Wait(steps);
        var result = new byte[blank.Length];
        output.Memory.Read(output.Offset, result);
        return result;
    }

    /// <summary>The command for one slice of a case, its weight uploaded.</summary>
    public static DispatchCommand Command(
        ICompiledKernel kernel,
        KernelCase kernelCase,
        PanelRange slice,
        CaseMemory memory,
        ImmutableArray<MemoryRange> inputs,
        MemoryRange output) => new()
        {
            Kernel = kernel,
            Inputs = inputs,
            Output = output,
            Panels = slice,
            PanelsPerChunk = kernelCase.PanelsPerChunk,
            WeightChunks = memory.UploadChunks(kernelCase.Weight, slice, kernelCase.PanelsPerChunk),
        };
}
