using System.Runtime.CompilerServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host.Elementwise;
using FlashMem.Backends.Host.Simd;

namespace FlashMem.Backends.Host.Panels;

/// <summary>
/// The epilogues that nearly every layer has, each as one loop: up to two operands added to the result (bias, residual), then at most
/// one activation. Gives the same values as the interpreter, several times faster on the short rows of small convolutions.
/// </summary>
internal sealed unsafe class FastEpilogue
{
    private readonly delegate*<float*, float*, float*, float*, int, void> row;

    private FastEpilogue(int first, int second, delegate*<float*, float*, float*, float*, int, void> row)
    {
        First = first;
        Second = second;
        this.row = row;
    }

    /// <summary>Operand (counted without the result itself) added first; -1 for none.</summary>
    public int First { get; }

    /// <summary>Operand added second; -1 for none.</summary>
    public int Second { get; }

    /// <summary>Recognises a program; null when it is another one.</summary>
    public static FastEpilogue? Match(ElementwiseProgram program)
    {
        Span<int> added = [-1, -1];
        int adds = 0;
        ElementwiseOp activation = ElementwiseOp.Constant;
        int current = 0;
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            ElementwiseInstruction step = program.Instructions[i];
            if (step.Type != ElementType.Float32 || activation != ElementwiseOp.Constant)
            {
                return null;
            }

            int operand = step.A == current ? step.B : step.A;
            bool isAdd = step.Op == ElementwiseOp.Add && (step.A == current || step.B == current)
                && operand > 0 && operand < program.OperandCount && adds < added.Length;
            if (isAdd)
            {
                added[adds++] = operand - 1;
            }
            else if (step.A == current && Activation(step.Op) != null)
            {
                activation = step.Op;
            }
            else
            {
                return null;
            }

            current = program.OperandCount + i;
        }

        return program.Instructions.Length == 0 ? null : new FastEpilogue(added[0], added[1], Activation(activation));
    }

    /// <summary>
    /// target[i] = activation(source[i] + first[i] + second[i]); operands that <see cref="First"/> and <see cref="Second"/> say are
    /// absent are not read. The target may be the source.
    /// </summary>
    public void Run(float* source, float* first, float* second, float* target, int count) =>
        row(source, first, second, target, count);

    // Constant stands for no activation.
    private static delegate*<float*, float*, float*, float*, int, void> Activation(ElementwiseOp op) => op switch
    {
        ElementwiseOp.Constant => ForWidth<LaneOps.Copy>(),
        ElementwiseOp.Relu => ForWidth<LaneOps.Relu>(),
        ElementwiseOp.Gelu => ForWidth<LaneOps.Gelu>(),
        ElementwiseOp.GeluTanh => ForWidth<LaneOps.GeluTanh>(),
        ElementwiseOp.Silu => ForWidth<LaneOps.Silu>(),
        ElementwiseOp.Sigmoid => ForWidth<LaneOps.Sigmoid>(),
        _ => null,
    };

    private static delegate*<float*, float*, float*, float*, int, void> ForWidth<TOp>()
        where TOp : struct, IUnaryOp => LaneWidth.Bits switch
        {
            512 => &AddAndApply<TOp, Lane512>,
            256 => &AddAndApply<TOp, Lane256>,
            _ => &AddAndApply<TOp, Lane128>,
        };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddAndApply<TOp, T>(float* source, float* first, float* second, float* target, int count)
        where TOp : struct, IUnaryOp
        where T : struct, ILane<T>
    {
        int i = 0;
        for (; i <= count - T.Count; i += T.Count)
        {
            T value = T.Load(source + i);
            if (first != null)
            {
                value += T.Load(first + i);
            }

            if (second != null)
            {
                value += T.Load(second + i);
            }

            T.Store(TOp.Invoke(value), target + i);
        }

        if (i < count)
        {
            float* rest = stackalloc float[LaneLoops.BroadcastFloats];
            for (int r = i; r < count; r++)
            {
                float value = source[r];
                value = first == null ? value : value + first[r];
                rest[r - i] = second == null ? value : value + second[r];
            }

            T.Store(TOp.Invoke(T.Load(rest)), rest);
            for (int r = i; r < count; r++)
            {
                target[r] = rest[r - i];
            }
        }
    }
}
