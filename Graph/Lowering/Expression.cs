using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Lowering.Drafts;

namespace FlashMem.Graph.Lowering;

/// <summary>
/// A fused expression while it is being written: reads of values, broadcast to one shape, and instructions over them. Registers below
/// <see cref="DraftKernel.FirstInstruction"/> are reads, the others instructions.
/// </summary>
internal sealed class Expression(Shape shape)
{
    private readonly List<ElementwiseInstruction> instructions = [];
    private readonly List<Source> sources = [];

    /// <summary>Logical shape of the result.</summary>
    public Shape Shape { get; } = shape;

    public IReadOnlyList<ElementwiseInstruction> Instructions => instructions;

    public IReadOnlyList<Source> Sources => sources;

    /// <summary>A value that the expression reads.</summary>
    internal sealed class Source(LoweredValue value, TensorView view)
    {
        public LoweredValue Value { get; } = value;

        /// <summary>View with the expression's shape.</summary>
        public TensorView View { get; } = view;

        /// <summary>How many node inputs it stands for.</summary>
        public int References { get; set; }
    }

    /// <summary>Reads a value broadcast by the ONNX rules. A constant of one value becomes an immediate.</summary>
    public int Read(LoweredValue value) => Read(value, value.View.BroadcastTo(Shape));

    /// <summary>Reads a value through a view of its storage that has the expression's shape.</summary>
    public int Read(LoweredValue value, TensorView view)
    {
        if (ScalarOf(value) is { } scalar)
        {
            return Constant(scalar, view.Type);
        }

        for (int i = 0; i < sources.Count; i++)
        {
            if (ReferenceEquals(sources[i].Value, value) && sources[i].View.Equals(view))
            {
                sources[i].References++;
                return i;
            }
        }

        sources.Add(new Source(value, view) { References = 1 });
        return sources.Count - 1;
    }

    /// <summary>An immediate.</summary>
    public int Constant(double value, ElementType type)
    {
        for (int i = 0; i < instructions.Count; i++)
        {
            ElementwiseInstruction step = instructions[i];
            if (step.Op == ElementwiseOp.Constant && step.Type == type && step.Immediate.Equals(value))
            {
                return DraftKernel.FirstInstruction + i;
            }
        }

        return Emit(new ElementwiseInstruction(ElementwiseOp.Constant, type, Immediate: value));
    }

    /// <summary>Appends an instruction of the type of its first source (of the second for a selection).</summary>
    public int Emit(ElementwiseOp op, int a, int b = -1, int c = -1) =>
        Emit(new ElementwiseInstruction(op, TypeOf(a), a, b, c));

    /// <summary>Type of a register.</summary>
    public ElementType TypeOf(int register) => register < DraftKernel.FirstInstruction
        ? sources[register].View.Type
        : instructions[register - DraftKernel.FirstInstruction].ResultType;

    /// <summary>Converts to Float32 or Int32; nothing when the register has that type.</summary>
    public int Convert(int register, ElementType type)
    {
        if (TypeOf(register) == type)
        {
            return register;
        }

        if (register >= DraftKernel.FirstInstruction
            && instructions[register - DraftKernel.FirstInstruction] is { Op: ElementwiseOp.Constant } constant)
        {
            return Constant(type == ElementType.Int32 ? Math.Truncate(constant.Immediate) : constant.Immediate, type);
        }

        return Emit(type == ElementType.Float32 ? ElementwiseOp.ToFloat : ElementwiseOp.ToInt, register);
    }

    /// <summary>Makes the register the last one, as a program's result has to be.</summary>
    public int Last(int register) => register == DraftKernel.FirstInstruction + instructions.Count - 1
        ? register
        : Emit(ElementwiseOp.Maximum, register, register);

    private int Emit(ElementwiseInstruction instruction)
    {
        instructions.Add(instruction);
        return DraftKernel.FirstInstruction + instructions.Count - 1;
    }

    /// <summary>The one value of all elements when it is known now.</summary>
    private static double? ScalarOf(LoweredValue value)
    {
        if (value.Storage is not ConstantStorage { Tensor: { } tensor } || value.View.ElementCount == 0)
        {
            return null;
        }

        if (tensor.IsUniform())
        {
            return tensor.Number(0);
        }

        foreach (var axis in value.View.Axes)
        {
            foreach (ViewFactor factor in axis)
            {
                if (factor.Stride != 0)
                {
                    return null;
                }
            }
        }

        return tensor.Number(value.View.Offset);
    }
}
