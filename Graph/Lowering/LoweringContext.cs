using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering;

/// <summary>State of one lowering: the model's values as views, and the kernels drafted so far in execution order.</summary>
internal sealed class LoweringContext
{
    private readonly Dictionary<string, LoweredValue> values = [];
    private readonly Dictionary<string, Node> producers = [];
    private readonly Dictionary<string, int> uses = [];
    private readonly List<DraftKernel?> kernels = [];

    public LoweringContext(ModelGraph model, LoweringOptions options)
    {
        Model = model;
        Options = options;
        Live = FindLiveNodes(model);
        foreach (Node node in Live)
        {
            foreach (string output in node.Outputs)
            {
                producers[output] = node;
            }

            foreach (string input in node.Inputs)
            {
                CountUse(input);
            }
        }

        foreach (ValueInfo output in model.Outputs)
        {
            CountUse(output.Name);
        }
    }

    public ModelGraph Model { get; }

    public LoweringOptions Options { get; }

    /// <summary>Nodes that some graph output depends on, in the model's order.</summary>
    public ImmutableArray<Node> Live { get; }

    /// <summary>Kernels in execution order; null where one was moved later.</summary>
    public IReadOnlyList<DraftKernel?> Kernels => kernels;

    /// <summary>Activations are Float32 or Int32.</summary>
    public static ElementType KernelType(ElementType type) => type.IsFloat() ? ElementType.Float32 : ElementType.Int32;

    /// <summary>How many node inputs and graph outputs read a value.</summary>
    public int UsesOf(string name) => uses.GetValueOrDefault(name);

    /// <summary>Model type and shape of a value.</summary>
    public ValueInfo Info(string name) => Model.Values.TryGetValue(name, out ValueInfo? info)
        ? info
        : throw new ModelException($"value '{name}' has no inferred type and shape");

    public LoweredValue Input(Node node, int input) => node.Has(input)
        ? Value(node.Inputs[input])
        : throw new ModelException($"{node.OpType} '{node.Label()}': input {input} is missing");

    public LoweredValue? Optional(Node node, int input) => node.Has(input) ? Value(node.Inputs[input]) : null;

    public LoweredValue Value(string name)
    {
        if (values.TryGetValue(name, out LoweredValue? value))
        {
            return value;
        }

        if (Model.Constants.TryGetValue(name, out ConstantTensor? tensor))
        {
            return BindConstant(new ConstantStorage(new ValueInfo(name, tensor.Type, tensor.Shape)) { Tensor = tensor });
        }

        if (Model.Weights.TryGetValue(name, out WeightRef? weight))
        {
            return BindConstant(new ConstantStorage(new ValueInfo(name, weight.Type, weight.Shape)) { Weight = weight });
        }

        throw new ModelException($"value '{name}' is read before anything writes it");
    }

    /// <summary>True when a value is a constant, a weight, or computed from those alone.</summary>
    public bool IsConstant(string name) => Value(name).IsConstant;

    /// <summary>A constant value of the graph: its elements are read from <paramref name="storage"/>.</summary>
    public LoweredValue BindConstant(ConstantStorage storage)
    {
        TensorView view = TensorView.Dense(KernelType(storage.Info.Type), storage.Info.Shape);
        return values[storage.Name] = new LoweredValue(storage.Name, storage, view, UsesOf(storage.Name), exclusive: false);
    }

    /// <summary>An output of a node that is computed at packing from weights and constants.</summary>
    public void BindComputed(Node node)
    {
        foreach (string output in node.Outputs)
        {
            if (output.Length > 0)
            {
                BindConstant(new ConstantStorage(Info(output)));
            }
        }
    }

    /// <summary>An output of a node that is another walk over what <paramref name="source"/> walks.</summary>
    public LoweredValue BindView(string output, LoweredValue source, TensorView view) =>
        values[output] = new LoweredValue(output, source.Storage, view, UsesOf(output), source.Exclusive && source.Uses == 1);

    /// <summary>An output of a node that a kernel writes.</summary>
    public LoweredValue BindResult(string output, DraftBuffer buffer, TensorView view)
    {
        buffer.Name = output;
        return values[output] = new LoweredValue(output, buffer, view, UsesOf(output), exclusive: true);
    }

    /// <summary>A result that has no name in the model and one reader.</summary>
    public static LoweredValue Temporary(DraftBuffer buffer, TensorView view) =>
        new(buffer.Name, buffer, view, uses: 1, exclusive: true);

    /// <summary>A constant that lowering makes up, such as a mask.</summary>
    public static LoweredValue Made(string name, ConstantTensor tensor)
    {
        var storage = new ConstantStorage(new ValueInfo(name, tensor.Type, tensor.Shape)) { Tensor = tensor };
        return new LoweredValue(name, storage, TensorView.Dense(KernelType(tensor.Type), tensor.Shape), uses: 1, exclusive: false);
    }

    /// <summary>Makes the value that a node's handler built the node's output.</summary>
    public void BindAs(string output, LoweredValue value)
    {
        if (value.Storage is DraftBuffer { IsInput: false } buffer && value.Exclusive && value.Uses <= 1)
        {
            BindResult(output, buffer, value.View);
        }
        else
        {
            BindView(output, value, value.View);
        }
    }

    /// <summary>Buffers of the graph's inputs, in order.</summary>
    public List<DraftBuffer> InputBuffers { get; } = [];

    public void BindInput(ValueInfo info)
    {
        ElementType type = KernelType(info.Type);
        var buffer = new DraftBuffer(info.Name, type, info.Shape.ElementCount) { IsInput = true };
        InputBuffers.Add(buffer);
        values[info.Name] = new LoweredValue(info.Name, buffer, TensorView.Dense(type, info.Shape), UsesOf(info.Name), exclusive: false);
    }

    /// <summary>Appends a kernel that writes <paramref name="outputView"/> of a buffer.</summary>
    public DraftKernel Emit(
        string label,
        KernelDesc prototype,
        DraftBuffer output,
        TensorView outputView,
        params ReadOnlySpan<(DraftStorage, TensorView)> inputs) =>
        Append(new DraftKernel(label, prototype, output, outputView, outputView.Type), inputs);

    public DraftKernel Append(DraftKernel kernel, params ReadOnlySpan<(DraftStorage Storage, TensorView View)> inputs)
    {
        foreach ((DraftStorage storage, TensorView view) in inputs)
        {
            kernel.Inputs.Add(new DraftOperand(storage, view));
        }

        kernel.Output.Writers.Add(kernel);
        kernel.Position = kernels.Count;
        kernels.Add(kernel);
        return kernel;
    }

    /// <summary>Moves a kernel behind all others; allowed while nothing has read its result.</summary>
    public void MoveToEnd(DraftKernel kernel)
    {
        kernels[kernel.Position] = null;
        kernel.Position = kernels.Count;
        kernels.Add(kernel);
    }

    /// <summary>
    /// Has the value lie as <paramref name="target"/> (a dense view of its shape) says: by telling its producer to write so when nothing
    /// else reads its result, else by a copy. Later readers of the value read the copy, too.
    /// </summary>
    public LoweredValue Materialize(string label, LoweredValue value, TensorView target)
    {
        if (value.Storage is DraftBuffer { Writers.Count: 1, Readers.Count: 0 } buffer && value.Exclusive && value.Uses <= 1
            && buffer.Writers[0].TakesAnyLayout && BufferPlacement.TryMove(buffer, value.View, buffer, target))
        {
            return value;
        }

        var copy = new DraftBuffer(value.Name, value.View.Type, target.ElementCount);
        EmitCopy(label, value.Storage, value.View, copy, target);
        value.Storage = copy;
        value.View = target;
        value.Exclusive = value.Uses <= 1;
        copy.Values.Add(value);
        return value;
    }

    /// <summary>Copies elements in the target's memory order.</summary>
    public void EmitCopy(string label, DraftStorage source, TensorView from, DraftBuffer target, TensorView to)
    {
        if (to.ElementCount == 0)
        {
            return;
        }

        int[] order = to.MemoryOrder(ViewOperations.Range(0, to.Rank));
        TensorView output = to.Transpose(order);
        Emit(label, new CopyKernel { Name = "", Inputs = [], Output = output }, target, output, (source, from.Transpose(order)));
    }

    /// <summary>
    /// A view of the value in which the given axis is contiguous (or too short to matter); other axes keep their order. Constants need
    /// nothing: they are packed in the order in which they are read.
    /// </summary>
    public LoweredValue WithContiguousAxis(string label, LoweredValue value, int axis, long smallElements)
    {
        TensorView view = value.View;
        if (value.IsConstant || view.InnerStride(axis) is 0 or 1 || view.ElementCount <= smallElements)
        {
            return value;
        }

        int[] order = [.. ViewOperations.Range(0, axis), .. ViewOperations.Range(axis + 1, view.Rank - axis - 1), axis];
        return Materialize(label, value, ViewOperations.DenseInOrder(view.Type, view.Shape, order));
    }

    /// <summary>A reshaped view of the value, after a copy when its walk has no such form.</summary>
    public TensorView Reshape(string label, LoweredValue value, Shape shape)
    {
        if (value.View.TryReshape(shape) is { } view)
        {
            return view;
        }

        Materialize(label, value, TensorView.Dense(value.View.Type, value.Shape));
        return value.View.TryReshape(shape)!;
    }

    /// <summary>A slice of the value along an axis, after a copy when its walk has no such form.</summary>
    public TensorView Slice(string label, LoweredValue value, int axis, long start, long count, long step)
    {
        if (value.View.TrySlice(axis, start, count, step) is { } view)
        {
            return view;
        }

        Materialize(label, value, TensorView.Dense(value.View.Type, value.Shape));
        return value.View.TrySlice(axis, start, count, step)!;
    }

    /// <summary>Elements of an input that must be known now; null when the input is absent.</summary>
    public ConstantTensor? KnownInput(Node node, int input)
    {
        if (!node.Has(input))
        {
            return null;
        }

        return Known(Input(node, input)) ?? throw node.Unsupported($"input {input} ('{node.Inputs[input]}') is not a constant");
    }

    /// <summary>The value's elements in logical order when they are known without reading weights.</summary>
    public ConstantTensor? Known(LoweredValue value)
    {
        if (value.Storage is not ConstantStorage storage)
        {
            return null;
        }

        ConstantTensor? tensor = storage.Tensor;
        if (tensor is null && storage.Weight is null)
        {
            ConstantGraph graph = ConstantGraphOf(storage);
            tensor = graph.Weights.IsEmpty ? ConstantEvaluator.Evaluate(graph, NoWeights.Instance) : null;
        }

        if (tensor is null || (value.View.IsDense && value.View.Offset == 0 && value.View.ElementCount == tensor.Shape.ElementCount))
        {
            return tensor;
        }

        int size = tensor.Type.SizeInBytes();
        long count = value.View.ElementCount;
        var bytes = new byte[count * size];
        for (long i = 0; i < count; i++)
        {
            int source = checked((int)(value.View.AddressOf(i) * size));
            tensor.Bytes.AsSpan().Slice(source, size).CopyTo(bytes.AsSpan(checked((int)(i * size))));
        }

        return new ConstantTensor(tensor.Type, value.Shape, ImmutableCollectionsMarshal.AsImmutableArray(bytes));
    }

    /// <summary>Known integers of an input; null when the input is absent.</summary>
    public long[]? KnownIntegers(Node node, int input)
    {
        if (KnownInput(node, input) is not { } tensor)
        {
            return null;
        }

        var numbers = new long[tensor.Shape.ElementCount];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = tensor.Integer(i);
        }

        return numbers;
    }

    /// <summary>The nodes, constants and weights that a constant is computed from.</summary>
    public ConstantGraph ConstantGraphOf(ConstantStorage storage)
    {
        var nodes = ImmutableArray.CreateBuilder<Node>();
        var constants = ImmutableDictionary.CreateBuilder<string, ConstantTensor>();
        var weights = ImmutableDictionary.CreateBuilder<string, WeightRef>();
        if (storage.Tensor is { } tensor)
        {
            constants[storage.Name] = tensor;
        }
        else
        {
            Collect(storage.Name, [], nodes, constants, weights);
        }

        return new ConstantGraph(nodes.ToImmutable(), constants.ToImmutable(), weights.ToImmutable(), Model.Opset, storage.Info);
    }

    private void Collect(
        string name,
        HashSet<string> seen,
        ImmutableArray<Node>.Builder nodes,
        ImmutableDictionary<string, ConstantTensor>.Builder constants,
        ImmutableDictionary<string, WeightRef>.Builder weights)
    {
        if (name.Length == 0 || !seen.Add(name))
        {
            return;
        }

        if (Model.Constants.TryGetValue(name, out ConstantTensor? tensor))
        {
            constants[name] = tensor;
        }
        else if (values.TryGetValue(name, out LoweredValue? value) && value.Storage is ConstantStorage { Tensor: { } made } storage
            && storage.Name == name)
        {
            constants[name] = made;
        }
        else if (Model.Weights.TryGetValue(name, out WeightRef? weight))
        {
            weights[name] = weight;
        }
        else
        {
            Node node = producers[name];
            foreach (string input in node.Inputs)
            {
                Collect(input, seen, nodes, constants, weights);
            }

            foreach (string output in node.Outputs)
            {
                seen.Add(output);
            }

            nodes.Add(node);
        }
    }

    private void CountUse(string name)
    {
        if (name.Length > 0)
        {
            uses[name] = uses.GetValueOrDefault(name) + 1;
        }
    }

    private static ImmutableArray<Node> FindLiveNodes(ModelGraph model)
    {
        var needed = new HashSet<string>();
        foreach (ValueInfo output in model.Outputs)
        {
            needed.Add(output.Name);
        }

        var live = new List<Node>(model.Nodes.Length);
        for (int i = model.Nodes.Length - 1; i >= 0; i--)
        {
            Node node = model.Nodes[i];
            bool isLive = false;
            foreach (string output in node.Outputs)
            {
                isLive |= needed.Contains(output);
            }

            if (isLive)
            {
                live.Add(node);
                foreach (string input in node.Inputs)
                {
                    needed.Add(input);
                }
            }
        }

        live.Reverse();
        return [.. live];
    }

    /// <summary>Stands in where an evaluation reads no weights.</summary>
    private sealed class NoWeights : IWeightReader
    {
        public static readonly NoWeights Instance = new();

        public void Read(WeightRef weight, long byteOffset, Span<byte> destination) =>
            throw new InvalidOperationException($"weight '{weight.Name}' is not read while lowering");
    }
}
