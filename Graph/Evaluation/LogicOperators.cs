using System.Numerics;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>Comparisons, boolean logic and selection.</summary>
internal static class LogicOperators
{
    private enum Comparison
    {
        Equal,
        Less,
        LessOrEqual,
    }

    public static void Add(Dictionary<string, Func<EvaluationContext, ConstantTensor[]>> operators)
    {
        operators.Add("Equal", c => [Compare(c, 0, 1, Comparison.Equal)]);
        operators.Add("Less", c => [Compare(c, 0, 1, Comparison.Less)]);
        operators.Add("LessOrEqual", c => [Compare(c, 0, 1, Comparison.LessOrEqual)]);
        operators.Add("Greater", c => [Compare(c, 1, 0, Comparison.Less)]);
        operators.Add("GreaterOrEqual", c => [Compare(c, 1, 0, Comparison.LessOrEqual)]);
        operators.Add("And", c => [Combine(c, (a, b) => a && b)]);
        operators.Add("Or", c => [Combine(c, (a, b) => a || b)]);
        operators.Add("Xor", c => [Combine(c, (a, b) => a != b)]);
        operators.Add("Not", c => [Not(c)]);
        operators.Add("Where", c => [Where(c)]);
    }

    private static ConstantTensor Compare(EvaluationContext c, int left, int right, Comparison comparison)
    {
        ElementType type = NumberTypes.ComputeType(c.Input(0).Type);
        ConstantTensor a = Movement.Expand(Conversion.To(c.Input(left), type), c.Shape);
        ConstantTensor b = Movement.Expand(Conversion.To(c.Input(right), type), c.Shape);
        byte[] result = Constants.Allocate(ElementType.Bool, c.Shape);
        var work = new ComparisonWork(comparison, a.Bytes.AsSpan(), b.Bytes.AsSpan(), result);
        NumberTypes.Dispatch(type, ref work);
        return Constants.Own(ElementType.Bool, c.Shape, result);
    }

    private static ConstantTensor Combine(EvaluationContext c, Func<bool, bool, bool> combine)
    {
        ConstantTensor a = Movement.Expand(c.Input(0), c.Shape);
        ConstantTensor b = Movement.Expand(c.Input(1), c.Shape);
        byte[] result = Constants.Allocate(ElementType.Bool, c.Shape);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (byte)(combine(a.Bytes[i] != 0, b.Bytes[i] != 0) ? 1 : 0);
        }

        return Constants.Own(ElementType.Bool, c.Shape, result);
    }

    private static ConstantTensor Not(EvaluationContext c)
    {
        byte[] result = [.. c.Input(0).Bytes.Select(value => (byte)(value == 0 ? 1 : 0))];
        return Constants.Own(ElementType.Bool, c.Shape, result);
    }

    private static ConstantTensor Where(EvaluationContext c)
    {
        ConstantTensor condition = Movement.Expand(c.Input(0), c.Shape);
        ConstantTensor yes = Movement.Expand(c.Input(1), c.Shape);
        ConstantTensor no = Movement.Expand(c.Input(2), c.Shape);
        int size = c.Type.SizeInBytes();
        byte[] result = Constants.Allocate(c.Type, c.Shape);
        for (int i = 0; i < condition.Bytes.Length; i++)
        {
            ConstantTensor source = condition.Bytes[i] != 0 ? yes : no;
            source.Bytes.AsSpan(i * size, size).CopyTo(result.AsSpan(i * size));
        }

        return Constants.Own(c.Type, c.Shape, result);
    }

    private readonly ref struct ComparisonWork(
        Comparison comparison, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> target) : INumberWork
    {
        private readonly ReadOnlySpan<byte> left = left;
        private readonly ReadOnlySpan<byte> right = right;
        private readonly Span<byte> target = target;

        public void Run<T>()
            where T : unmanaged, INumber<T>, IMinMaxValue<T>
        {
            ReadOnlySpan<T> a = MemoryMarshal.Cast<byte, T>(left);
            ReadOnlySpan<T> b = MemoryMarshal.Cast<byte, T>(right);
            for (int i = 0; i < target.Length; i++)
            {
                bool holds = comparison switch
                {
                    Comparison.Equal => a[i] == b[i],
                    Comparison.Less => a[i] < b[i],
                    _ => a[i] <= b[i],
                };
                target[i] = (byte)(holds ? 1 : 0);
            }
        }
    }
}
