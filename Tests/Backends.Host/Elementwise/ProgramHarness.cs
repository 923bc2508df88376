using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.Host.Elementwise;

namespace FlashMem.Tests.Backends.Host.Elementwise;

/// <summary>Runs a program over dense arrays.</summary>
internal static unsafe class ProgramHarness
{
    public static float[] Run(ElementwiseProgram program, params ReadOnlySpan<float[]> operands)
    {
        var runs = new OperandRun[operands.Length];
        var pins = new GCHandle[operands.Length];
        for (int i = 0; i < runs.Length; i++)
        {
            pins[i] = GCHandle.Alloc(operands[i], GCHandleType.Pinned);
            runs[i] = new OperandRun((float*)pins[i].AddrOfPinnedObject(), 1);
        }

        var result = new float[operands[0].Length];
        fixed (float* target = result)
        {
            Run(new ElementwiseRunner(program), result.Length, runs, target);
        }

        foreach (GCHandle pin in pins)
        {
            pin.Free();
        }

        return result;
    }

    public static void Run(ElementwiseRunner runner, int count, ReadOnlySpan<OperandRun> operands, float* result)
    {
        var scratch = (byte*)NativeMemory.AlignedAlloc(ElementwiseRunner.ScratchBytes, 64);
        runner.Run(count, operands, result, scratch);
        NativeMemory.AlignedFree(scratch);
    }
}
