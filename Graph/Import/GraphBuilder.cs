using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Import.External;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import;

/// <summary>
/// Checks a parsed model and builds its <see cref="ModelGraph"/>: names resolved, nodes ordered, shapes inferred, shape arithmetic and
/// other small constant expressions folded. Used once.
/// </summary>
internal sealed class GraphBuilder(string model, OnnxModel onnx, TensorImporter tensors, OnnxReadOptions options)
{
    private readonly Dictionary<string, ValueInfo> values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConstantTensor> constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WeightRef> weights = new(StringComparer.Ordinal);
    private readonly List<Node> nodes = [];
    private int opset;

    /// <summary>Weights as they lie in files; those read for their values as shapes are not among them.</summary>
    public IEnumerable<WeightRef> StoredWeights => weights.Values;

    /// <summary>Builds the graph with an empty hash.</summary>
    public ModelGraph Build(string name)
    {
        opset = CheckOpset();
        if (!onnx.HasGraph)
        {
            throw Error("has no graph");
        }

        if (onnx.HasSparseInitializers)
        {
            throw Error("has sparse initializers, which are not supported");
        }

        AddInitializers();
        ImmutableArray<ValueInfo> inputs = AddInputs();
        List<Node> imported = ImportNodes();
        RangeOverlap.Check(model, weights.Values);
        foreach (Node node in TopologicalOrder.Sort(model, imported, values.ContainsKey))
        {
            AddNode(node);
        }

        return new ModelGraph
        {
            Name = name,
            Opset = opset,
            Inputs = inputs,
            Outputs = Outputs(),
            Nodes = [.. nodes],
            Constants = constants.ToImmutableDictionary(StringComparer.Ordinal),
            Weights = weights.ToImmutableDictionary(StringComparer.Ordinal),
            Values = values.ToImmutableDictionary(StringComparer.Ordinal),
            Hash = "",
        };
    }

    private int CheckOpset()
    {
        if (!onnx.Opsets.TryGetValue("", out long version))
        {
            throw Error("does not say which version of the standard operator set it uses");
        }

        return version >= options.MinimumOpset && version <= options.MaximumOpset
            ? (int)version
            : throw Error($"uses operator set {version}; supported are {options.MinimumOpset} to {options.MaximumOpset}");
    }

    private void AddInitializers()
    {
        foreach (OnnxTensor tensor in onnx.Initializers)
        {
            if (tensor.Name.Length == 0)
            {
                throw Error("has an initializer without a name");
            }

            AddTensor(tensor.Name, tensor);
        }
    }

    private void AddTensor(string name, OnnxTensor tensor)
    {
        tensor.Name = name;
        (ConstantTensor? constant, WeightRef? weight) = tensors.Import(tensor);
        if (constant is not null)
        {
            Define(new ValueInfo(name, constant.Type, constant.Shape));
            constants.Add(name, constant);
        }
        else
        {
            Define(new ValueInfo(name, weight!.Type, weight.Shape));
            weights.Add(name, weight);
        }
    }

    private ImmutableArray<ValueInfo> AddInputs()
    {
        var inputs = ImmutableArray.CreateBuilder<ValueInfo>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxValue input in onnx.Inputs)
        {
            if (input.Name.Length == 0 || !names.Add(input.Name))
            {
                throw Error($"has an input without a name or two inputs named '{input.Name}'");
            }

            if (constants.ContainsKey(input.Name) || weights.ContainsKey(input.Name))
            {
                continue;
            }

            if (options.BoundInputs.TryGetValue(input.Name, out ConstantTensor? bound))
            {
                Define(new ValueInfo(input.Name, bound.Type, bound.Shape));
                constants.Add(input.Name, bound);
                continue;
            }

            ValueInfo info = InputInfo(input);
            Define(info);
            inputs.Add(info);
        }

        return inputs.ToImmutable();
    }

    private ValueInfo InputInfo(OnnxValue input)
    {
        if (input.IsOtherType || !OnnxTypes.TryConvert(input.DataType, out ElementType? type))
        {
            string given = input.IsOtherType ? "not a tensor" : $"of element type {OnnxTypes.Describe(input.DataType)}";
            throw Error($"input '{input.Name}' is {given}, which is not supported");
        }

        if (input.Dims is null)
        {
            throw Error($"input '{input.Name}' has no shape; only static shapes are supported");
        }

        for (int i = 0; i < input.Dims.Count; i++)
        {
            if (input.Dims[i].Value is not >= 0)
            {
                throw Error($"dimension {i} of input '{input.Name}' is {input.Dims[i]}; only static shapes are supported");
            }
        }

        var shape = new Shape([.. input.Dims.Select(dim => dim.Value!.Value)]);
        try
        {
            _ = checked(shape.ElementCount * sizeof(double));
        }
        catch (OverflowException)
        {
            throw Error($"input '{input.Name}' has shape {shape}, whose size overflows");
        }

        return new ValueInfo(input.Name, type.Value, shape);
    }

    private List<Node> ImportNodes()
    {
        var imported = new List<Node>(onnx.Nodes.Count);
        var made = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < onnx.Nodes.Count; i++)
        {
            OnnxNode source = onnx.Nodes[i];
            string name = source.Name.Length > 0 ? source.Name
                : source.Outputs.Find(output => output.Length > 0) ?? $"node {i}";
            if (source.Domain is not ("" or "ai.onnx"))
            {
                throw Error($"unsupported operator '{source.OpType}' of domain '{source.Domain}' at node '{name}'");
            }

            if (source.Unsupported is not null)
            {
                throw Error($"{source.OpType} '{name}': {source.Unsupported}, which is not supported");
            }

            foreach (string output in source.Outputs.Where(output => output.Length > 0))
            {
                if (values.ContainsKey(output) || !made.Add(output))
                {
                    throw Error($"value '{output}' is defined twice, the second time by {source.OpType} '{name}'");
                }
            }

            if (source.OpType == "Constant")
            {
                ImportConstantNode(source, name);
            }
            else
            {
                imported.Add(ImportNode(source, name));
            }
        }

        return imported;
    }

    private Node ImportNode(OnnxNode source, string name)
    {
        var attributes = ImmutableDictionary.CreateBuilder<string, object>(StringComparer.Ordinal);
        foreach ((string key, object value) in source.Attributes)
        {
            if (value is OnnxTensor tensor)
            {
                tensor.Name = key;
                attributes.Add(key, tensors.ImportConstant(tensor, $"attribute '{key}' of {source.OpType} '{name}'"));
            }
            else
            {
                attributes.Add(key, value);
            }
        }

        return new Node
        {
            Name = name,
            OpType = source.OpType,
            Inputs = [.. source.Inputs],
            Outputs = [.. source.Outputs],
            Attributes = attributes.ToImmutable(),
        };
    }

    private void ImportConstantNode(OnnxNode source, string name)
    {
        string where = $"Constant '{name}'";
        if (source.Outputs.Count != 1 || source.Outputs[0].Length == 0 || source.Inputs.Count > 0)
        {
            throw Error($"{where} must have one output and no input");
        }

        if (source.Attributes.Count != 1)
        {
            throw Error($"{where} must have one attribute and has {source.Attributes.Count}");
        }

        string output = source.Outputs[0];
        (string key, object value) = source.Attributes.First();
        ConstantTensor? constant = (key, value) switch
        {
            ("value", OnnxTensor) => null,
            ("value_float", float single) => Constants.Of(single),
            ("value_floats", ImmutableArray<float> floats) => Constants.Of(floats.AsSpan()),
            ("value_int", long integer) => Constants.Of(integer),
            ("value_ints", ImmutableArray<long> integers) => Constants.Of(integers.AsSpan()),
            // An empty list without a declared type is read as integers.
            ("value_floats", ImmutableArray<long> { Length: 0 }) => Constants.Of(ReadOnlySpan<float>.Empty),
            _ => throw Error($"{where} has attribute '{key}', which is not supported"),
        };
        if (constant is null)
        {
            AddTensor(output, (OnnxTensor)value);
            return;
        }

        Define(new ValueInfo(output, constant.Type, constant.Shape));
        constants.Add(output, constant);
    }

    private void AddNode(Node node)
    {
        ImmutableArray<ValueInfo> infos;
        try
        {
            infos = ShapeInference.Infer(node, opset, Lookup, ShapeValue);
            if (TryFold(node, infos))
            {
                return;
            }
        }
        catch (ModelException fault)
        {
            throw new ModelException($"{model}: {fault.Message}", fault);
        }

        nodes.Add(node);
        foreach (ValueInfo info in infos.Where(info => info.Name.Length > 0))
        {
            values.Add(info.Name, info);
        }
    }

    private bool TryFold(Node node, ImmutableArray<ValueInfo> infos)
    {
        if (node.OpType is "Shape" or "Size")
        {
            // These read the shape only, so their input need not be constant.
            AddFolded(infos, [ShapeOperators.Evaluate(node, values[node.Inputs[0]].Shape)]);
            return true;
        }

        if (!ConstantEvaluator.CanEvaluate(node) || !infos.All(IsSmall))
        {
            return false;
        }

        var inputs = new ConstantTensor?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (node.Inputs[i].Length > 0 && !constants.TryGetValue(node.Inputs[i], out inputs[i]))
            {
                return false;
            }
        }

        AddFolded(infos, ConstantEvaluator.Evaluate(node, opset, inputs));
        return true;
    }

    private void AddFolded(ImmutableArray<ValueInfo> infos, ImmutableArray<ConstantTensor> results)
    {
        for (int i = 0; i < infos.Length; i++)
        {
            if (infos[i].Name.Length > 0)
            {
                values.Add(infos[i].Name, infos[i]);
                constants.Add(infos[i].Name, results[i]);
            }
        }
    }

    private static bool IsSmall(ValueInfo info)
    {
        int limit = info.Type.IsFloat() ? ImportLimits.FloatConstantBytes : ImportLimits.IntegerConstantBytes;
        return info.Shape.ElementCount <= limit / info.Type.SizeInBytes();
    }

    private ValueInfo Lookup(string name) => values[name];

    // Called for values that an operator needs to know a shape: a small stored tensor is then read and becomes a constant.
    private ConstantTensor? ShapeValue(string name)
    {
        if (constants.TryGetValue(name, out ConstantTensor? constant))
        {
            return constant;
        }

        if (!weights.TryGetValue(name, out WeightRef? weight) || weight.Length > ImportLimits.ShapeValueBytes || !File.Exists(weight.File))
        {
            return null;
        }

        var bytes = new byte[weight.Length];
        using (var reader = new FileWeightReader())
        {
            reader.Read(weight, 0, bytes);
        }

        constant = new ConstantTensor(weight.Type, weight.Shape, [.. bytes]);
        constants.Add(name, constant);
        weights.Remove(name);
        return constant;
    }

    private ImmutableArray<ValueInfo> Outputs()
    {
        var outputs = ImmutableArray.CreateBuilder<ValueInfo>(onnx.Outputs.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (OnnxValue output in onnx.Outputs)
        {
            if (!names.Add(output.Name))
            {
                throw Error($"has two outputs named '{output.Name}'");
            }

            if (!values.TryGetValue(output.Name, out ValueInfo? info))
            {
                throw Error($"output '{output.Name}' is not made by any node");
            }

            CheckDeclared(output, info);
            outputs.Add(info);
        }

        return outputs.Count > 0 ? outputs.ToImmutable() : throw Error("has no outputs");
    }

    private void CheckDeclared(OnnxValue declared, ValueInfo info)
    {
        bool typeFits = declared.DataType == 0 || (OnnxTypes.TryConvert(declared.DataType, out ElementType? type) && type == info.Type);
        bool shapeFits = declared.Dims is null
            || (declared.Dims.Count == info.Shape.Rank
                && declared.Dims.Zip(info.Shape.Dims).All(pair => pair.First.Value is not { } dim || dim == pair.Second));
        if (!typeFits || !shapeFits || declared.IsOtherType)
        {
            string shape = declared.Dims is null ? "" : $" [{string.Join(", ", declared.Dims)}]";
            throw Error(
                $"output '{declared.Name}' is declared {OnnxTypes.Describe(declared.DataType)}{shape} "
                + $"but its nodes make {info.Type} {info.Shape}");
        }
    }

    private void Define(ValueInfo info)
    {
        if (!values.TryAdd(info.Name, info))
        {
            throw Error($"value '{info.Name}' is defined twice");
        }
    }

    private ModelException Error(string what) => new($"{model}: {what}");
}
