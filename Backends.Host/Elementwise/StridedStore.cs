namespace FlashMem.Backends.Host.Elementwise;

/// <summary>Runs a program into a destination of any stride: dense results go straight there, others through scratch.</summary>
internal static unsafe class StridedStore
{
    private const int BufferElements = 1024;

    /// <summary>Bytes of scratch that <see cref="Run"/> may use.</summary>
    public const int ScratchBytes = ElementwiseRunner.ScratchBytes + (BufferElements * sizeof(float));

    public static void Run(
        ElementwiseRunner runner, int count, ReadOnlySpan<OperandRun> operands, float* destination, long stride, byte* scratch)
    {
        if (stride == 1 || count == 1)
        {
            runner.Run(count, operands, destination, scratch);
            return;
        }

        float* buffer = (float*)(scratch + ElementwiseRunner.ScratchBytes);
        Span<OperandRun> part = stackalloc OperandRun[operands.Length];
        for (int start = 0; start < count; start += BufferElements)
        {
            int length = Math.Min(BufferElements, count - start);
            for (int i = 0; i < operands.Length; i++)
            {
                part[i] = new OperandRun(operands[i].Pointer + (start * operands[i].Stride), operands[i].Stride);
            }

            runner.Run(length, part, buffer, scratch);
            float* target = destination + (start * stride);
            for (int i = 0; i < length; i++)
            {
                target[i * stride] = buffer[i];
            }
        }
    }
}
