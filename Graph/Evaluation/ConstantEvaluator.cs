using System.Collections.Frozen;
using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Shapes;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Evaluation;

/// <summary>
/// Reference evaluation of ONNX operators on tensors in memory: folds shape arithmetic at import and computes derived weights at
/// packing. Clear rather than fast.
/// </summary>
public static class ConstantEvaluator
{
    private static readonly FrozenDictionary<string, Func<EvaluationContext, ConstantTensor[]>> Operators = Collect();

    /// <summary>True when the node's operator can be evaluated.</summary>
    public static bool CanEvaluate(Node node) => node.Domain.Length == 0 && Operators.ContainsKey(node.OpType);

    /// <summary>
    /// Evaluates a node; absent optional inputs are null. Throws <see cref="ModelException"/> that names the node when the inputs do
    /// not fit the operator.
    /// </summary>
    public static ImmutableArray<ConstantTensor> Evaluate(Node node, int opset, IReadOnlyList<ConstantTensor?> inputs)
    {
        if (!CanEvaluate(node))
        {
            throw new ModelException($"operator '{node.OpType}' at node '{node.Name}' cannot be evaluated ahead of the run");
        }

        ConstantTensor Find(string name) => inputs[node.Inputs.IndexOf(name)]!;
        ValueInfo Describe(string name) => new(name, Find(name).Type, Find(name).Shape);
        ImmutableArray<ValueInfo> outputs = ShapeInference.Infer(node, opset, Describe, Find);
        var shapes = new ShapeContext(node, opset, Describe, Find);
        try
        {
            return [.. Operators[node.OpType](new EvaluationContext(node, inputs, shapes, outputs))];
        }
        catch (ArithmeticException fault)
        {
            throw new ModelException($"{node}: {fault.Message}", fault);
        }
    }

    /// <summary>Evaluates a graph that reads only constants and weights. A value is dropped after its last reader.</summary>
    public static ConstantTensor Evaluate(ConstantGraph graph, IWeightReader weights)
    {
        var readers = new Dictionary<string, int>(StringComparer.Ordinal) { [graph.Output.Name] = 1 };
        foreach (string name in graph.Nodes.SelectMany(node => node.Inputs))
        {
            readers[name] = readers.GetValueOrDefault(name) + 1;
        }

        var values = new Dictionary<string, ConstantTensor>(StringComparer.Ordinal);
        foreach (Node node in graph.Nodes)
        {
            var inputs = new ConstantTensor?[node.Inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = node.Inputs[i].Length == 0 ? null : Take(node.Inputs[i]);
            }

            foreach (string name in node.Inputs.Where(name => name.Length > 0))
            {
                if (--readers[name] == 0)
                {
                    values.Remove(name);
                }
            }

            ImmutableArray<ConstantTensor> results = Evaluate(node, graph.Opset, inputs);
            for (int i = 0; i < results.Length; i++)
            {
                if (readers.ContainsKey(node.Outputs[i]))
                {
                    values[node.Outputs[i]] = results[i];
                }
            }
        }

        return Take(graph.Output.Name);

        ConstantTensor Take(string name)
        {
            if (values.TryGetValue(name, out ConstantTensor? value) || graph.Constants.TryGetValue(name, out value))
            {
                return value;
            }

            if (!graph.Weights.TryGetValue(name, out WeightRef? weight))
            {
                throw new ModelException($"constant expression '{graph.Output.Name}' reads '{name}', which is not defined in it");
            }

            byte[] bytes = Constants.Allocate(weight.Type, weight.Shape);
            weights.Read(weight, 0, bytes);
            value = Constants.Own(weight.Type, weight.Shape, bytes);
            values[name] = value;
            return value;
        }
    }

    private static FrozenDictionary<string, Func<EvaluationContext, ConstantTensor[]>> Collect()
    {
        var operators = new Dictionary<string, Func<EvaluationContext, ConstantTensor[]>>(StringComparer.Ordinal);
        UnaryOperators.Add(operators);
        BinaryOperators.Add(operators);
        LogicOperators.Add(operators);
        CastOperators.Add(operators);
        ShapeOperators.Add(operators);
        RangeOperators.Add(operators);
        MovementOperators.Add(operators);
        IndexOperators.Add(operators);
        ReduceOperators.Add(operators);
        MatrixOperators.Add(operators);
        ResizeOperators.Add(operators);
        return operators.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
