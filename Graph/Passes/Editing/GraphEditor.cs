using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes.Editing;

/// <summary>
/// A graph under edit by one pass: producers and readers by index, and edits that keep the topological order, the value infos and the
/// names of graph outputs. A node that nothing reads any more is removed at once, with everything that only it needed.
/// </summary>
internal sealed class GraphEditor
{
    private readonly ModelGraph graph;
    private readonly List<NodeSlot> order;
    private readonly Dictionary<string, NodeSlot> producers;
    private readonly Dictionary<string, List<NodeSlot>> readers;
    private readonly HashSet<string> outputs;
    private readonly Dictionary<string, string> sharedConstants = [];
    private readonly ImmutableDictionary<string, ValueInfo>.Builder values;
    private readonly ImmutableDictionary<string, ConstantTensor>.Builder constants;
    private HashSet<string>? statics;
    private bool changed;

    public GraphEditor(ModelGraph graph)
    {
        this.graph = graph;
        values = graph.Values.ToBuilder();
        constants = graph.Constants.ToBuilder();
        outputs = [.. graph.Outputs.Select(output => output.Name)];
        order = new List<NodeSlot>(graph.Nodes.Length);
        producers = new Dictionary<string, NodeSlot>(graph.Nodes.Length);
        readers = new Dictionary<string, List<NodeSlot>>(graph.Nodes.Length * 2);
        foreach (Node node in graph.Nodes)
        {
            var slot = new NodeSlot(node);
            order.Add(slot);
            Attach(slot);
        }
    }

    public int Opset => graph.Opset;

    /// <summary>The nodes that the graph had when the edit began, in order; check <see cref="NodeSlot.IsRemoved"/> while editing.</summary>
    public IReadOnlyList<NodeSlot> Slots => order;

    public ValueInfo Info(string value)
    {
        if (values.TryGetValue(value, out ValueInfo? info))
        {
            return info;
        }

        if (constants.TryGetValue(value, out ConstantTensor? constant))
        {
            return new ValueInfo(value, constant.Type, constant.Shape);
        }

        if (graph.Weights.TryGetValue(value, out WeightRef? weight))
        {
            return new ValueInfo(value, weight.Type, weight.Shape);
        }

        throw new ArgumentException($"graph '{graph.Name}' has no value '{value}'", nameof(value));
    }

    public Shape ShapeOf(string value) => Info(value).Shape;

    public ElementType TypeOf(string value) => Info(value).Type;

    /// <summary>The node that writes a value; null for graph inputs, constants, weights and absent inputs.</summary>
    public NodeSlot? Producer(string value) => producers.GetValueOrDefault(value);

    /// <summary>The ONNX node of a type that writes a value; null when something else does.</summary>
    public NodeSlot? Producer(string value, string opType) =>
        producers.TryGetValue(value, out NodeSlot? slot) && slot.Node.IsOnnx(opType) ? slot : null;

    /// <summary>The nodes that read a value, once for every input that names it.</summary>
    public IReadOnlyList<NodeSlot> Readers(string value) => readers.TryGetValue(value, out List<NodeSlot>? list) ? list : [];

    /// <summary>True when exactly one input reads the value and it is not a graph output.</summary>
    public bool HasOneReader(string value) => Readers(value).Count == 1 && !IsOutput(value);

    /// <summary>The only reader of a value when it is an ONNX node of a type; null otherwise.</summary>
    public NodeSlot? OnlyReader(string value, string opType) =>
        HasOneReader(value) && readers[value][0].Node.IsOnnx(opType) ? readers[value][0] : null;

    public bool IsOutput(string value) => outputs.Contains(value);

    public bool IsUnused(string value) => Readers(value).Count == 0 && !IsOutput(value);

    public ConstantTensor? Constant(string value) => constants.GetValueOrDefault(value);

    /// <summary>The value of a constant whose elements are all equal; null for anything else.</summary>
    public double? Uniform(string value) => Constant(value)?.Uniform();

    /// <summary>The value of a constant of one element; null for anything else.</summary>
    public double? Scalar(string value) =>
        Constant(value) is { } constant && constant.Shape.ElementCount == 1 ? constant.DoubleAt(0) : null;

    /// <summary>True for constants, weights and what is computed from them alone. False for absent inputs.</summary>
    public bool IsStatic(string value)
    {
        if (statics is null)
        {
            statics = [];
            foreach (NodeSlot slot in Flatten())
            {
                MarkStatic(slot.Node);
            }
        }

        return constants.ContainsKey(value) || graph.Weights.ContainsKey(value) || statics.Contains(value);
    }

    /// <summary>Adds a constant under a name made from the hint.</summary>
    public string AddConstant(string hint, ConstantTensor tensor)
    {
        string name = Fresh(hint);
        constants[name] = tensor;
        values[name] = new ValueInfo(name, tensor.Type, tensor.Shape);
        changed = true;
        return name;
    }

    /// <summary>A list of integers as a constant; equal lists share one.</summary>
    public string Longs(params ReadOnlySpan<long> list)
    {
        string key = $"longs:{string.Join(',', list.ToArray())}";
        return Shared(key, ConstantValues.OfLongs(new Shape(list.Length), list));
    }

    /// <summary>A floating-point scalar as a constant; equal scalars share one.</summary>
    public string ScalarConstant(ElementType type, double value)
    {
        string key = FormattableString.Invariant($"scalar:{type}:{value:R}");
        return Shared(key, ConstantValues.OfScalar(type, value));
    }

    /// <summary>Inserts a node with one new value before a slot and returns the value's name, made from the hint.</summary>
    public string Insert(
        NodeSlot before,
        string hint,
        string opType,
        ImmutableArray<string> inputs,
        ElementType type,
        Shape shape,
        ImmutableDictionary<string, object>? attributes = null)
    {
        string output = Fresh(hint);
        values[output] = new ValueInfo(output, type, shape);
        var slot = new NodeSlot(new Node
        {
            Name = output,
            OpType = opType,
            Inputs = inputs,
            Outputs = [output],
            Attributes = attributes ?? ImmutableDictionary<string, object>.Empty,
        });
        (before.Inserted ??= []).Add(slot);
        Attach(slot);
        if (statics is not null)
        {
            MarkStatic(slot.Node);
        }

        changed = true;
        return output;
    }

    /// <summary>
    /// Inserts a node that writes an existing value, before a slot. The node that wrote the value must have given it up (see
    /// <see cref="Replace"/>).
    /// </summary>
    public void Define(
        NodeSlot before,
        string value,
        string opType,
        ImmutableArray<string> inputs,
        ImmutableDictionary<string, object>? attributes = null)
    {
        if (producers.TryGetValue(value, out NodeSlot? writer))
        {
            throw new InvalidOperationException($"'{value}' is already written by {writer.Node}");
        }

        var slot = new NodeSlot(new Node
        {
            Name = value,
            OpType = opType,
            Inputs = inputs,
            Outputs = [value],
            Attributes = attributes ?? ImmutableDictionary<string, object>.Empty,
        });
        (before.Inserted ??= []).Add(slot);
        Attach(slot);
        changed = true;
    }

    /// <summary>
    /// Replaces a node by the values of its outputs. A graph output is not turned into a constant: it becomes an Identity of one, so that
    /// every graph output stays the output of a node.
    /// </summary>
    public void Fold(NodeSlot slot, IReadOnlyList<ConstantTensor> results)
    {
        Node node = slot.Node;
        Detach(slot);
        slot.IsRemoved = true;
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            string output = node.Outputs[i];
            if (output.Length == 0)
            {
                continue;
            }

            if (IsOutput(output))
            {
                Define(slot, output, "Identity", [AddConstant($"{output}/value", results[i])]);
            }
            else
            {
                constants[output] = results[i];
            }
        }

        changed = true;
    }

    /// <summary>
    /// Puts another operator in a node's place: same name and first output. Other outputs are given up: they must be unused or defined
    /// anew (see <see cref="Define"/>).
    /// </summary>
    public void Replace(
        NodeSlot slot,
        string opType,
        ImmutableArray<string> inputs,
        ImmutableDictionary<string, object>? attributes = null,
        string domain = "")
    {
        Node old = slot.Node;
        Detach(slot);
        slot.Node = new Node
        {
            Name = old.Name,
            OpType = opType,
            Domain = domain,
            Inputs = inputs,
            Outputs = [old.Outputs[0]],
            Attributes = attributes ?? ImmutableDictionary<string, object>.Empty,
        };
        Attach(slot);
        foreach (string input in old.Inputs)
        {
            Sweep(input);
        }

        changed = true;
    }

    /// <summary>
    /// Makes every reader of a node's first output read an equal value instead. When the output is a graph output, the name moves to the
    /// node that computes the equal value; where that cannot be (a graph input, a constant, a weight, another graph output), nothing
    /// changes and the answer is false.
    /// </summary>
    public bool TryForward(NodeSlot slot, string equal)
    {
        string old = slot.Node.Outputs[0];
        if (!IsOutput(old))
        {
            Redirect(old, equal);
            Sweep(old);
            changed = true;
            return true;
        }

        if (Producer(equal) is not { } producer || IsOutput(equal))
        {
            return false;
        }

        Detach(slot);
        slot.IsRemoved = true;
        Redirect(equal, old);
        int index = producer.Node.Outputs.IndexOf(equal);
        producers.Remove(equal);
        producer.Node = producer.Node with { Outputs = producer.Node.Outputs.SetItem(index, old) };
        producers[old] = producer;
        foreach (string input in slot.Node.Inputs)
        {
            Sweep(input);
        }

        changed = true;
        return true;
    }

    /// <summary>Makes every reader of one value read another.</summary>
    public void Redirect(string from, string to)
    {
        if (!readers.Remove(from, out List<NodeSlot>? list))
        {
            return;
        }

        foreach (NodeSlot reader in list)
        {
            ImmutableArray<string> inputs = reader.Node.Inputs;
            if (inputs.Contains(from))
            {
                reader.Node = reader.Node with { Inputs = [.. inputs.Select(input => input == from ? to : input)] };
            }
        }

        if (readers.TryGetValue(to, out List<NodeSlot>? others))
        {
            others.AddRange(list);
        }
        else
        {
            readers[to] = list;
        }

        changed = true;
    }

    /// <summary>Removes the node that writes a value when nothing reads any of its outputs, and then what only it needed.</summary>
    public void Sweep(string value)
    {
        var pending = new Stack<string>();
        pending.Push(value);
        while (pending.TryPop(out string? next))
        {
            if (Producer(next) is { } slot && slot.Node.Outputs.All(IsUnused))
            {
                Detach(slot);
                slot.IsRemoved = true;
                changed = true;
                foreach (string input in slot.Node.Inputs)
                {
                    pending.Push(input);
                }
            }
        }
    }

    /// <summary>The edited graph; the given one itself when nothing changed.</summary>
    public ModelGraph Finish() => !changed ? graph : graph with
    {
        Nodes = [.. Flatten().Where(slot => !slot.IsRemoved).Select(slot => slot.Node)],
        Values = values.ToImmutable(),
        Constants = constants.ToImmutable(),
    };

    private IEnumerable<NodeSlot> Flatten()
    {
        foreach (NodeSlot slot in order)
        {
            foreach (NodeSlot each in Flatten(slot))
            {
                yield return each;
            }
        }
    }

    private static IEnumerable<NodeSlot> Flatten(NodeSlot slot)
    {
        foreach (NodeSlot inserted in slot.Inserted ?? [])
        {
            foreach (NodeSlot each in Flatten(inserted))
            {
                yield return each;
            }
        }

        yield return slot;
    }

    private void MarkStatic(Node node)
    {
        if (node.Inputs.All(input => input.Length == 0 || IsStatic(input)))
        {
            statics!.UnionWith(node.Outputs);
        }
    }

    private void Attach(NodeSlot slot)
    {
        foreach (string output in slot.Node.Outputs)
        {
            if (output.Length > 0)
            {
                producers[output] = slot;
            }
        }

        foreach (string input in slot.Node.Inputs)
        {
            if (input.Length == 0)
            {
                continue;
            }

            if (readers.TryGetValue(input, out List<NodeSlot>? list))
            {
                list.Add(slot);
            }
            else
            {
                readers[input] = [slot];
            }
        }
    }

    private void Detach(NodeSlot slot)
    {
        foreach (string output in slot.Node.Outputs)
        {
            producers.Remove(output);
        }

        foreach (string input in slot.Node.Inputs)
        {
            if (input.Length > 0 && readers.TryGetValue(input, out List<NodeSlot>? list))
            {
                list.Remove(slot);
            }
        }
    }

    private string Shared(string key, ConstantTensor tensor)
    {
        if (sharedConstants.TryGetValue(key, out string? name))
        {
            return name;
        }

        // An earlier pass may have made the same constant under the same name.
        if (constants.TryGetValue(key, out ConstantTensor? known) && known.Type == tensor.Type && known.Shape == tensor.Shape
            && known.Bytes.AsSpan().SequenceEqual(tensor.Bytes.AsSpan()))
        {
            return key;
        }

        name = AddConstant(key, tensor);
        sharedConstants[key] = name;
        return name;
    }

    private string Fresh(string hint)
    {
        string name = hint;
        for (int i = 1; values.ContainsKey(name) || constants.ContainsKey(name) || graph.Weights.ContainsKey(name); i++)
        {
            name = $"{hint}~{i}";
        }

        return name;
    }
}
