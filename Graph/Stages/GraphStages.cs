using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Stages;

/// <summary>
/// Cuts a kernel graph between kernels into stages that run one after the other, each with memory of its own. What a stage needs of an
/// earlier one crosses as the whole buffer, flat: its kernels' views stay as they are.
/// </summary>
/// <remarks>
/// A buffer may be written by kernels of several stages, part by part (a concatenation). So a stage that reads or writes a buffer takes it
/// from the last stage before that wrote any of it, and what it hands on holds all parts up to there.
/// </remarks>
public static class GraphStages
{
    /// <param name="graph">The whole graph; stays as it is.</param>
    /// <param name="starts">Index of every stage's first kernel, ascending from 0.</param>
    /// <exception cref="ArgumentException">The starts are not ascending from 0 below the number of kernels.</exception>
    public static ImmutableArray<GraphStage> Cut(KernelGraph graph, ImmutableArray<int> starts)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int[] ends = [.. starts.Skip(1), graph.Kernels.Length];
        if (starts.IsEmpty || starts[0] != 0 || starts.Zip(ends).Any(range => range.First >= range.Second))
        {
            throw new ArgumentException(
                $"stages that start at kernels {string.Join(", ", starts)} do not cut the {graph.Kernels.Length} kernels of "
                + $"'{graph.ModelName}': the first must be 0, the others ascend and be no further than the last kernel",
                nameof(starts));
        }

        return new Cutter(graph, starts, ends).Run();
    }

    private sealed class Cutter(KernelGraph graph, ImmutableArray<int> starts, int[] ends)
    {
        private readonly List<Crossing> crossings = [];
        private readonly List<int>[] touched = new List<int>[starts.Length];
        private readonly int[] lastWriter = [.. Enumerable.Repeat(-1, graph.Buffers.Length)];
        private readonly string?[] names = new string?[graph.Buffers.Length];
        private readonly HashSet<string> taken = [.. graph.Inputs.Concat(graph.Outputs).Select(port => port.Name)];

        public ImmutableArray<GraphStage> Run()
        {
            for (int stage = 0; stage < starts.Length; stage++)
            {
                Follow(stage);
            }

            int[] makers = [.. graph.Outputs.Select(MakerOf)];
            return [.. Enumerable.Range(0, starts.Length).Select(stage => Build(stage, makers))];
        }

        /// <summary>Finds what a stage has to do with, and where it takes it from.</summary>
        private void Follow(int stage)
        {
            IEnumerable<int> used = Kernels(stage).SelectMany(BufferUse.Touched);
            if (stage == 0)
            {
                // An output that no kernel has to do with is an input as it is.
                HashSet<int> anywhere = [.. graph.Kernels.SelectMany(BufferUse.Touched)];
                used = used.Concat(graph.Outputs.Select(port => port.Buffer).Where(buffer => !anywhere.Contains(buffer)));
            }

            touched[stage] = [.. used.Distinct()];
            foreach (int buffer in touched[stage])
            {
                if (lastWriter[buffer] >= 0)
                {
                    crossings.Add(new Crossing(NameOf(buffer), lastWriter[buffer], stage, buffer, graph.Buffers[buffer].Bytes));
                }
            }

            foreach (int buffer in Kernels(stage).SelectMany(BufferUse.Written))
            {
                lastWriter[buffer] = stage;
            }
        }

        private GraphStage Build(int stage, int[] makers)
        {
            ImmutableArray<KernelNode> kernels = [.. Kernels(stage)];
            int[] weights = [.. kernels.SelectMany(WeightsOf).Distinct().Order()];
            Dictionary<int, int> weightAt = Positions(weights);
            Dictionary<int, int> bufferAt = Positions(touched[stage]);
            Crossing[] arrivals = [.. crossings.Where(crossing => crossing.To == stage)];
            HashSet<int> arriving = [.. arrivals.Select(crossing => crossing.Buffer)];
            IEnumerable<int> leaving = crossings.Where(crossing => crossing.From == stage).Select(crossing => crossing.Buffer).Distinct();
            return new GraphStage
            {
                Index = stage,
                FirstKernel = starts[stage],
                Weights = [.. weights],
                Arrivals = [.. arrivals],
                Graph = new KernelGraph
                {
                    ModelName = $"{graph.ModelName} stage {stage + 1} of {starts.Length}",
                    ModelHash = $"{graph.ModelHash}:{starts[stage]}-{ends[stage]}",
                    Inputs =
                    [
                        .. graph.Inputs.Where(port => bufferAt.ContainsKey(port.Buffer) && !arriving.Contains(port.Buffer))
                            .Select(port => port with { Buffer = bufferAt[port.Buffer] }),
                        .. arrivals.Select(crossing => Port(crossing.Buffer, bufferAt)),
                    ],
                    Outputs =
                    [
                        .. graph.Outputs.Where((_, index) => makers[index] == stage)
                            .Select(port => port with { Buffer = bufferAt[port.Buffer] }),
                        .. leaving.Select(buffer => Port(buffer, bufferAt)),
                    ],
                    Buffers = [.. touched[stage].Select((buffer, id) => graph.Buffers[buffer] with { Id = id })],
                    Weights = [.. weights.Select((weight, id) => graph.Weights[weight] with { Id = id })],
                    Kernels = [.. kernels.Select((kernel, index) => Renumbered(kernel, index, bufferAt, weightAt))],
                },
            };
        }

        private IEnumerable<KernelNode> Kernels(int stage) => graph.Kernels.Skip(starts[stage]).Take(ends[stage] - starts[stage]);

        /// <summary>
        /// The stage that has an output's final bytes: the last that wrote it; of an input as it is, the first that knows it.
        /// </summary>
        private int MakerOf(GraphPort output) => lastWriter[output.Buffer] >= 0
            ? lastWriter[output.Buffer]
            : Array.FindIndex(touched, buffers => buffers.Contains(output.Buffer));

        private string NameOf(int buffer)
        {
            if (names[buffer] is { } known)
            {
                return known;
            }

            string name = $"{graph.Buffers[buffer].Name} (buffer {buffer})";
            while (!taken.Add(name))
            {
                name += "'";
            }

            return names[buffer] = name;
        }

        private GraphPort Port(int buffer, Dictionary<int, int> bufferAt)
        {
            KernelBuffer whole = graph.Buffers[buffer];
            var shape = new Shape(whole.Elements);
            return new GraphPort(NameOf(buffer), whole.Type, shape, bufferAt[buffer], TensorView.Dense(whole.Type, shape));
        }

        private static Dictionary<int, int> Positions(IEnumerable<int> numbers) =>
            numbers.Select((number, position) => (number, position)).ToDictionary(pair => pair.number, pair => pair.position);

        private static IEnumerable<int> WeightsOf(KernelNode kernel) =>
            kernel.Fetch is { } fetch ? kernel.StreamedWeights().Append(fetch.Weight) : kernel.StreamedWeights();

        private static KernelNode Renumbered(
            KernelNode kernel, int index, Dictionary<int, int> bufferAt, Dictionary<int, int> weightAt) => kernel with
            {
                Index = index,
                Inputs =
                [
                    .. kernel.Inputs.Select(operand => operand with
                    {
                        Id = operand.Kind == OperandKind.Buffer ? bufferAt[operand.Id] : weightAt[operand.Id],
                    }),
                ],
                Output = bufferAt[kernel.Output],
                PanelWeight = kernel.PanelWeight < 0 ? -1 : weightAt[kernel.PanelWeight],
                Fetch = kernel.Fetch is not { } fetch ? null : fetch with
                {
                    Weight = weightAt[fetch.Weight], IdBuffer = fetch.IdBuffer < 0 ? fetch.IdBuffer : bufferAt[fetch.IdBuffer],
                },
            };
    }
}
