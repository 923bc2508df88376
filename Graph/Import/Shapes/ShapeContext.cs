using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import.Shapes;

/// <summary>A node under inference: its inputs, attributes and the outputs set so far.</summary>
internal sealed class ShapeContext(
    Node node, int opset, Func<string, ValueInfo> values, Func<string, ConstantTensor?> constants)
{
    private readonly ValueInfo?[] outputs = new ValueInfo?[node.Outputs.Length];

    public Node Node => node;

    public int Opset => opset;

    public int InputCount => node.Inputs.Length;

    public int OutputCount => node.Outputs.Length;

    public bool Has(int input) => input < node.Inputs.Length && node.Inputs[input].Length > 0;

    public ValueInfo Input(int input) => values(node.Inputs[input]);

    public Shape Shape(int input) => Input(input).Shape;

    public ElementType Type(int input) => Input(input).Type;

    /// <summary>Value of an input when it is constant.</summary>
    public ConstantTensor? Constant(int input) => constants(node.Inputs[input]);

    /// <summary>Values of an integer input that must be constant.</summary>
    public long[] Integers(int input, string role)
    {
        ElementType type = Type(input);
        if (type is not (ElementType.Int64 or ElementType.Int32))
        {
            throw Error($"{role} '{node.Inputs[input]}' has type {type} instead of an integer type");
        }

        return RequireConstant(input, role).ToInt64();
    }

    /// <summary>Values of a floating-point input that must be constant.</summary>
    public float[] Floats(int input, string role)
    {
        ElementType type = Type(input);
        if (!type.IsFloat())
        {
            throw Error($"{role} '{node.Inputs[input]}' has type {type} instead of a floating-point type");
        }

        return [.. RequireConstant(input, role).ToDouble().Select(value => (float)value)];
    }

    public long Attribute(string name, long fallback) => node.Attribute(name, fallback);

    public float Attribute(string name, float fallback) => node.Attribute(name, fallback);

    public string Attribute(string name, string fallback) => node.Attribute(name, fallback);

    /// <summary>An attribute's list of integers; null when it is not given.</summary>
    public ImmutableArray<long>? Integers(string name) => node.Integers(name);

    /// <summary>An axis counted from the start; negative ones count from the end. Error when outside the rank.</summary>
    public int Axis(long axis, int rank)
    {
        long positive = axis < 0 ? axis + rank : axis;
        return positive >= 0 && positive < rank ? (int)positive : throw Error($"axis {axis} is outside rank {rank}");
    }

    /// <summary>Axes counted from the start, in the order given; error when one is outside the rank or occurs twice.</summary>
    public int[] Axes(IEnumerable<long> axes, int rank)
    {
        int[] result = [.. axes.Select(axis => Axis(axis, rank))];
        return result.Distinct().Count() == result.Length
            ? result
            : throw Error($"axes [{string.Join(", ", result)}] name one twice");
    }

    /// <summary>Sets an output's type and shape; an output that the node does not name is passed over.</summary>
    public void Output(int output, ElementType type, Shape shape)
    {
        if (output >= outputs.Length)
        {
            return;
        }

        if (shape.Rank > ImportLimits.Rank)
        {
            throw Error($"makes a tensor of rank {shape.Rank}; at most {ImportLimits.Rank} is supported");
        }

        // Every later size in bytes is safe, also after a change of type.
        _ = checked(shape.ElementCount * sizeof(double));
        outputs[output] = new ValueInfo(node.Outputs[output], type, shape);
    }

    /// <summary>Sets an output from dimensions that the rule computed; negative ones are an error.</summary>
    public void Output(int output, ElementType type, params IReadOnlyList<long> dims)
    {
        if (dims.Any(dim => dim < 0))
        {
            throw Error($"makes an impossible shape [{string.Join(", ", dims)}] from {DescribeInputs()}");
        }

        Output(output, type, new Shape([.. dims]));
    }

    /// <summary>Requires a condition on the inputs.</summary>
    public void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw Error(what);
        }
    }

    public void RequireRank(int input, int least, int most = ImportLimits.Rank)
    {
        int rank = Shape(input).Rank;
        if (rank < least || rank > most)
        {
            string allowed = least == most ? $"{least}" : most == ImportLimits.Rank ? $"at least {least}" : $"{least} to {most}";
            throw Error($"input '{node.Inputs[input]}' has rank {rank} where {allowed} is needed");
        }
    }

    public void RequireType(int input, Func<ElementType, bool> allowed, string what)
    {
        if (!allowed(Type(input)))
        {
            throw Error($"input '{node.Inputs[input]}' has type {Type(input)} where {what} is needed");
        }
    }

    /// <summary>Requires that present inputs have the type of the first of them.</summary>
    public void RequireSameType(params ReadOnlySpan<int> inputs)
    {
        ElementType first = Type(inputs[0]);
        foreach (int input in inputs)
        {
            if (Has(input) && Type(input) != first)
            {
                throw Error($"inputs '{node.Inputs[inputs[0]]}' and '{node.Inputs[input]}' have types {first} and {Type(input)}");
            }
        }
    }

    public void CheckArity(ShapeRule rule)
    {
        for (int i = 0; i < rule.MinInputs; i++)
        {
            if (!Has(i))
            {
                throw Error($"input {i} is missing");
            }
        }

        if (InputCount > rule.MaxInputs || OutputCount > rule.MaxOutputs)
        {
            throw Error($"has {InputCount} inputs and {OutputCount} outputs; at most {rule.MaxInputs} and {rule.MaxOutputs} are possible");
        }
    }

    public ModelException Error(string what) => new($"{node}: {what}");

    public ImmutableArray<ValueInfo> Results()
    {
        for (int i = 0; i < outputs.Length; i++)
        {
            if (node.Outputs[i].Length == 0)
            {
                outputs[i] = new ValueInfo("", ElementType.Float32, Abstractions.Tensors.Shape.Scalar);
            }
            else if (outputs[i] is null)
            {
                throw Error($"output {i} does not exist in inference");
            }
        }

        return [.. outputs!];
    }

    private ConstantTensor RequireConstant(int input, string role) =>
        Constant(input) ?? throw Error($"{role} '{node.Inputs[input]}' is computed at run time; only constant ones are supported");

    private string DescribeInputs() =>
        string.Join(", ", Enumerable.Range(0, InputCount).Where(Has).Select(i => $"'{node.Inputs[i]}' {Shape(i)}"));
}
