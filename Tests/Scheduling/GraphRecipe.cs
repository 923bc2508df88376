using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Scheduling;

/// <summary>
/// Kernel graphs from a list of numbers, one kernel each, so that a failing property shrinks to a short list. Every number is mixed into
/// the kernel's kind, its weights (new or shared with an earlier kernel) and its buffers.
/// </summary>
internal sealed class GraphRecipe
{
    private readonly List<KernelWeight> weights = [];
    private readonly List<KernelBuffer> buffers = [];
    private readonly List<KernelNode> kernels = [];

    public static KernelGraph Build(IEnumerable<int> numbers, string name = "recipe")
    {
        var recipe = new GraphRecipe();
        int input = recipe.Buffer(64);
        int last = input;
        foreach (int number in numbers)
        {
            last = recipe.Kernel(new Choice(number), last);
        }

        TensorView view = TensorView.Dense(ElementType.Float32, new Shape(1));
        return new KernelGraph
        {
            ModelName = name,
            ModelHash = "0123456789abcdef",
            Inputs = [new GraphPort("x", ElementType.Float32, new Shape(64), input, view)],
            Outputs = [new GraphPort("y", ElementType.Float32, new Shape(1), last, view)],
            Buffers = [.. recipe.buffers],
            Weights = [.. recipe.weights],
            Kernels = [.. recipe.kernels],
        };
    }

    private int Kernel(Choice choice, int last)
    {
        int input = choice.Of(4) == 0 ? WrittenBuffer(choice) : last;
        var inputs = new List<Operand> { new(OperandKind.Buffer, input) };
        if (choice.Of(3) == 0)
        {
            inputs.Add(new(OperandKind.Weight, Linear(choice)));
        }

        int panel = choice.Of(4) == 0 ? -1 : Panel(choice);
        RowFetch? fetch = null;
        if (panel < 0 && choice.Of(3) == 0)
        {
            inputs[0] = new(OperandKind.Buffer, Buffer(256));
            fetch = new RowFetch(Add(new RowWeight(100, 64, ElementType.Float16)), -1, null, [1, 2, 3]);
        }

        int output = choice.Of(6) == 0 && input != last ? last : Buffer(1 + choice.Of(3000));
        kernels.Add(new KernelNode
        {
            Index = kernels.Count,
            Desc = Desc(panel, kernels.Count),
            Inputs = [.. inputs],
            Output = output,
            PanelWeight = panel,
            Fetch = fetch,
            Cost = new KernelCost(
                1_000_000L * choice.Of(100), panel < 0 ? 0 : weights[panel].Storage.Bytes, buffers[input].Bytes, buffers[output].Bytes),
        });
        return output;
    }

    private KernelDesc Desc(int panel, int index)
    {
        TensorView view = TensorView.Dense(ElementType.Float32, new Shape(1, 1, 1));
        if (panel < 0)
        {
            return new CopyKernel { Name = $"copy{index}", Inputs = [view], Output = view };
        }

        PanelLayout layout = ((PanelWeight)weights[panel].Storage).Layout;
        return new MatMulKernel { Name = $"matmul{index}", Inputs = [view], Output = view, Weight = layout };
    }

    private int WrittenBuffer(Choice choice) => kernels.Count == 0 ? 0 : kernels[choice.Of(kernels.Count)].Output;

    private int Linear(Choice choice)
    {
        KernelWeight[] known = [.. weights.Where(weight => weight.Storage is LinearWeight)];
        return known.Length > 0 && choice.Of(2) == 0
            ? known[choice.Of(known.Length)].Id
            : Add(new LinearWeight(ElementType.Float32, choice.Of(2) == 0 ? 1 + choice.Of(2000) : 16_385 + choice.Of(9000)));
    }

    private int Panel(Choice choice)
    {
        KernelWeight[] known = [.. weights.Where(weight => weight.Storage is PanelWeight)];
        if (known.Length > 0 && choice.Of(5) == 0)
        {
            return known[choice.Of(known.Length)].Id;
        }

        ElementType type = choice.Of(2) == 0 ? ElementType.Float16 : ElementType.Float32;
        return Add(new PanelWeight(new PanelLayout(1 + choice.Of(2), 8 + choice.Of(200), 1 + choice.Of(1200), type, 32)));
    }

    private int Add(WeightStorage storage)
    {
        weights.Add(new KernelWeight(weights.Count, $"w{weights.Count}", storage, null));
        return weights.Count - 1;
    }

    private int Buffer(int elements)
    {
        buffers.Add(new KernelBuffer(buffers.Count, $"b{buffers.Count}", ElementType.Float32, elements));
        return buffers.Count - 1;
    }

    /// <summary>A stream of small choices out of one number.</summary>
    private sealed class Choice(int number)
    {
        private ulong state = unchecked(((ulong)(uint)number + 1) * 0x9E3779B97F4A7C15);

        public int Of(int count)
        {
            state ^= state >> 29;
            state *= 0xBF58476D1CE4E5B9;
            state ^= state >> 32;
            return (int)(state % (ulong)count);
        }
    }
}
