using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Operators;
using FlashMem.Graph.Lowering.Views;
using ReduceOperators = FlashMem.Graph.Lowering.Operators.ReduceOperators;

namespace FlashMem.Graph.Lowering;

/// <summary>
/// Walks the model once in order. A node is, in this order of preference: part of an elementwise group, computed at packing, another view
/// of its input, or one or more kernels.
/// </summary>
internal sealed class GraphLowering
{
    private delegate void Handler(LoweringContext context, Node node);

    private static readonly Dictionary<string, Handler> Handlers = new()
    {
        ["MatMul"] = MatMulOperators.MatMul,
        ["Gemm"] = MatMulOperators.Gemm,
        ["Conv"] = ConvOperators.Conv,
        ["ConvTranspose"] = ConvOperators.ConvTranspose,
        ["flashmem.Attention"] = AttentionOperator.Lower,
        ["flashmem.LayerNorm"] = NormalizeOperators.Layer,
        ["flashmem.RmsNorm"] = NormalizeOperators.Layer,
        ["flashmem.GroupNorm"] = NormalizeOperators.Group,
        ["LayerNormalization"] = NormalizeOperators.Layer,
        ["RMSNormalization"] = NormalizeOperators.Layer,
        ["InstanceNormalization"] = NormalizeOperators.Group,
        ["GroupNormalization"] = NormalizeOperators.Group,
        ["MeanVarianceNormalization"] = NormalizeOperators.MeanVariance,
        ["LpNormalization"] = ReduceOperators.LpNormalization,
        ["BatchNormalization"] = ExpressionOperators.BatchNormalization,
        ["Trilu"] = ExpressionOperators.Trilu,
        ["OneHot"] = ExpressionOperators.OneHot,
        ["Shape"] = ExpressionOperators.StaticShape,
        ["Size"] = ExpressionOperators.StaticShape,
        ["Softmax"] = SoftmaxOperators.Lower,
        ["LogSoftmax"] = SoftmaxOperators.Lower,
        ["ReduceSum"] = ReduceOperators.Reduce,
        ["ReduceMean"] = ReduceOperators.Reduce,
        ["ReduceMax"] = ReduceOperators.Reduce,
        ["ReduceMin"] = ReduceOperators.Reduce,
        ["ReduceProd"] = ReduceOperators.Reduce,
        ["ReduceL1"] = ReduceOperators.Reduce,
        ["ReduceL2"] = ReduceOperators.Reduce,
        ["ReduceSumSquare"] = ReduceOperators.Reduce,
        ["ReduceLogSum"] = ReduceOperators.Reduce,
        ["ReduceLogSumExp"] = ReduceOperators.Reduce,
        ["GlobalAveragePool"] = ReduceOperators.GlobalPool,
        ["GlobalMaxPool"] = ReduceOperators.GlobalPool,
        ["GlobalLpPool"] = ReduceOperators.GlobalPool,
        ["ArgMax"] = ReduceOperators.ArgReduce,
        ["ArgMin"] = ReduceOperators.ArgReduce,
        ["MaxPool"] = PoolOperators.Lower,
        ["AveragePool"] = PoolOperators.Lower,
        ["Resize"] = ResizeOperator.Lower,
        ["Upsample"] = ResizeOperator.Lower,
        ["Gather"] = GatherOperators.Gather,
        ["GatherElements"] = GatherOperators.GatherElements,
        ["GatherND"] = GatherOperators.GatherNd,
        ["ScatterElements"] = GatherOperators.ScatterElements,
        ["Scatter"] = GatherOperators.ScatterElements,
        ["ScatterND"] = GatherOperators.ScatterNd,
        ["Concat"] = ConcatOperator.Lower,
        ["Pad"] = PadOperator.Lower,
    };

    private readonly LoweringContext context;
    private readonly ElementwiseRegions regions;

    public GraphLowering(ModelGraph graph, LoweringOptions options)
    {
        if (options.WeightType is not (ElementType.Float16 or ElementType.Float32))
        {
            throw new UsageException($"weights are stored as Float16 or Float32, not {options.WeightType}");
        }

        context = new LoweringContext(graph, options);
        HashSet<string> constants = FindConstants();
        regions = ElementwiseRegions.Plan(context, node =>
            ElementwiseOperators.Handles(node) && !constants.Contains(node.Outputs[0]) && !ViewOperators.Handles(context, node));
    }

    public KernelGraph Run()
    {
        foreach (ValueInfo input in context.Model.Inputs)
        {
            context.BindInput(input);
        }

        foreach (Node node in context.Live)
        {
            Lower(node);
        }

        var outputs = new List<LoweredValue>();
        foreach (ValueInfo output in context.Model.Outputs)
        {
            outputs.Add(Output(output.Name));
        }

        return new GraphAssembler(context).Assemble(outputs);
    }

    private void Lower(Node node)
    {
        if (regions.Of(node) is { } region)
        {
            if (ReferenceEquals(region.Root, node))
            {
                LowerRegion(region);
            }
        }
        else if (!IsComputedAtPacking(node))
        {
            if (ViewOperators.Handles(context, node))
            {
                LowerView(node);
            }
            else if (ElementwiseOperators.Handles(node))
            {
                var single = new ElementwiseRegions.Region(node, context.Info(node.Outputs[0]).Shape);
                single.Nodes.Add(node);
                LowerRegion(single);
            }
            else if (Handlers.TryGetValue(node.Operator(), out Handler? handler))
            {
                handler(context, node);
            }
            else
            {
                throw node.Unsupported();
            }
        }
    }

    /// <summary>Handles a node that reads constants and weights alone, when it can be evaluated.</summary>
    private bool IsComputedAtPacking(Node node)
    {
        foreach (string input in node.Inputs)
        {
            if (input.Length > 0 && !context.IsConstant(input))
            {
                return false;
            }
        }

        bool isView = ViewOperators.Handles(context, node);
        if (isView && HasEveryWalk(node))
        {
            LowerView(node);
            return true;
        }

        if (!ConstantEvaluator.CanEvaluate(node))
        {
            return false;
        }

        context.BindComputed(node);
        return true;
    }

    private bool HasEveryWalk(Node node)
    {
        TensorView source = context.Input(node, 0).View;
        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (context.UsesOf(node.Outputs[i]) > 0 && ViewOperators.Walk(context, node, i, source) is null)
            {
                return false;
            }
        }

        return true;
    }

    private void LowerView(Node node)
    {
        LoweredValue source = context.Input(node, 0);
        if (!HasEveryWalk(node))
        {
            context.Materialize(node.Label(), source, TensorView.Dense(source.View.Type, source.Shape));
        }

        for (int i = 0; i < node.Outputs.Length; i++)
        {
            if (context.UsesOf(node.Outputs[i]) > 0)
            {
                TensorView view = ViewOperators.Walk(context, node, i, source.View)
                    ?? throw new ModelException($"{node.OpType} '{node.Label()}' has no view over {source.View}");
                context.BindView(node.Outputs[i], source, view);
            }
        }
    }

    private void LowerRegion(ElementwiseRegions.Region region)
    {
        var expression = new Expression(region.Shape);
        var registers = new Dictionary<string, int>();
        int result = -1;
        for (int i = region.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = region.Nodes[i];
            var inputs = new int[node.Inputs.Length];
            for (int input = 0; input < inputs.Length; input++)
            {
                string name = node.Inputs[input];
                inputs[input] = name.Length == 0 ? -1
                    : registers.TryGetValue(name, out int register) ? register
                    : expression.Read(context.Value(name));
            }

            result = ElementwiseOperators.Lower(context, node, expression, inputs);
            registers[node.Outputs[0]] = result;
        }

        string output = region.Root.Outputs[0];
        string label = region.Nodes.Count == 1 ? region.Root.Label() : $"{region.Nodes[^1].Label()}..{region.Root.Label()}";
        context.BindAs(output, ExpressionEmitter.Emit(context, expression, result, label, output));
    }

    /// <summary>A graph output needs a buffer of the graph's own: inputs and constants are copied.</summary>
    private LoweredValue Output(string name)
    {
        LoweredValue value = context.Value(name);
        if (value.Storage is DraftBuffer { IsInput: false })
        {
            return value;
        }

        var buffer = new DraftBuffer(name, value.View.Type, value.View.ElementCount);
        TensorView view = TensorView.Dense(value.View.Type, value.Shape);
        context.EmitCopy(name, value.Storage, value.View, buffer, view);
        return LoweringContext.Temporary(buffer, view);
    }

    /// <summary>Names of values that will most likely be computed at packing; only grouping depends on it.</summary>
    private HashSet<string> FindConstants()
    {
        var constants = new HashSet<string>();
        foreach (Node node in context.Live)
        {
            bool constant = ViewOperators.MayHandle(node) || ConstantEvaluator.CanEvaluate(node);
            foreach (string input in node.Inputs)
            {
                constant &= input.Length == 0 || constants.Contains(input)
                    || context.Model.Constants.ContainsKey(input) || context.Model.Weights.ContainsKey(input);
            }

            if (constant)
            {
                foreach (string output in node.Outputs)
                {
                    constants.Add(output);
                }
            }
        }

        return constants;
    }
}
