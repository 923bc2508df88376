using System.Collections.Immutable;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Tests.Support;

/// <summary>
/// A random kernel graph with every way of using weights (panels, tables, parameters, rows by constant, given and computed ids, tied
/// weights) over an imagined weight file of random bytes.
/// </summary>
internal sealed class SyntheticModel
{
    public const int Rows = 16;

    private const int IdCount = 5;

    private readonly Dictionary<string, KernelNode> nodes;
    private readonly byte[] file;

    public SyntheticModel(int seed, int kernels, long chunkBytes = 8192)
    {
        Graph = new Builder(new Random(seed)).Build(kernels);
        Layout = WeightFileLayout.Compute(Graph, chunkBytes);
        file = new byte[DataOffset + Layout.DataBytes];
        new Random(0).NextBytes(file);
        nodes = Graph.Kernels.ToDictionary(kernel => kernel.Desc.Name);
    }

    public KernelGraph Graph { get; }

    public WeightFileLayout Layout { get; }

    public long DataOffset => 12288;

    public StreamedModel Streamed => new()
    {
        Graph = Graph,
        Layout = Layout,
        DataOffset = DataOffset,
        ContentHash = "synthetic",
        ChunkChecksums = [.. Layout.Chunks.Select(chunk => Checksum(DataOffset + chunk.FileOffset, chunk.Bytes))],
        ParametersChecksum = Checksum(DataOffset + Layout.ParametersOffset, (int)Layout.ParametersBytes),
        RowChecksum = (weight, row) =>
        {
            int bytes = (int)((RowWeight)Graph.Weights[weight].Storage).RowBytes;
            return Checksum(DataOffset + Layout.Weights[weight].FileOffset + (row * bytes), bytes);
        },
    };

    public KernelNode Node(string name) => nodes[name];

    /// <summary>File offset of a linear weight.</summary>
    public long OffsetOf(int weight)
    {
        WeightPlacement placement = Layout.Weights[weight];
        return DataOffset
            + (placement.FirstChunk < 0 ? Layout.ParametersOffset + placement.ParameterOffset : placement.FileOffset);
    }

    /// <summary>The file's bytes.</summary>
    public void Fill(long offset, Span<byte> target) => file.AsSpan((int)offset, target.Length).CopyTo(target);

    public Dictionary<string, Tensor> Inputs(int seed)
    {
        var random = new Random(seed);
        return Graph.Inputs.ToDictionary(port => port.Name, port =>
        {
            Tensor tensor = Tensor.Create(port.Type, port.Shape);
            if (tensor is Tensor<long> ids)
            {
                foreach (ref long id in ids.Data.Span)
                {
                    id = random.Next(-Rows, Rows);
                }
            }
            else
            {
                random.NextBytes(tensor.WritableBytes);
            }

            return tensor;
        });
    }

    /// <summary>The outputs computed straight from the file, without device, plan or executor.</summary>
    public Dictionary<string, byte[]> Expected(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var buffers = new byte[Graph.Buffers.Length][];
        foreach (GraphPort port in Graph.Inputs)
        {
            buffers[port.Buffer] = inputs[port.Name] is Tensor<long> ids
                ? MemoryMarshal.AsBytes<int>(ids.Data.ToArray().Select(id => (int)id).ToArray()).ToArray()
                : inputs[port.Name].Bytes.ToArray();
        }

        foreach (KernelNode kernel in Graph.Kernels)
        {
            if (kernel.Fetch is { } fetch)
            {
                buffers[kernel.Inputs[0].Id] = FetchRows(fetch, buffers);
            }

            buffers[kernel.Output] = Run(kernel, buffers);
        }

        return Graph.Outputs.ToDictionary(port => port.Name, port => buffers[port.Buffer]);
    }

    private byte[] FetchRows(RowFetch fetch, byte[][] buffers)
    {
        int[] ids = fetch.IdBuffer < 0
            ? [.. fetch.ConstantIds]
            : MemoryMarshal.Cast<byte, int>(buffers[fetch.IdBuffer]).ToArray();
        int bytes = (int)((RowWeight)Graph.Weights[fetch.Weight].Storage).RowBytes;
        var rows = new byte[ids.Length * bytes];
        for (int i = 0; i < ids.Length; i++)
        {
            int row = ids[i] < 0 ? ids[i] + Rows : ids[i];
            Fill(DataOffset + Layout.Weights[fetch.Weight].FileOffset + (row * bytes), rows.AsSpan(i * bytes, bytes));
        }

        return rows;
    }

    private byte[] Run(KernelNode kernel, byte[][] buffers)
    {
        ulong inputs = SyntheticKernel.InputHash(kernel.Index, kernel.Inputs.Select(input =>
        {
            if (input.Kind == OperandKind.Buffer)
            {
                return buffers[input.Id];
            }

            var weight = new byte[Graph.Weights[input.Id].Storage.Bytes];
            Fill(OffsetOf(input.Id), weight);
            return weight;
        }));
        KernelBuffer output = Graph.Buffers[kernel.Output];
        var result = new int[output.Elements];
        for (int i = 0; i < result.Length; i++)
        {
            byte[] panel = [];
            if (kernel.PanelWeight >= 0)
            {
                ChunkInfo chunk = Layout.Chunks.First(c => c.Weight == kernel.PanelWeight && i >= c.Panels.Start && i < c.Panels.End);
                panel = new byte[kernel.Desc.Panels!.PanelBytes];
                Fill(DataOffset + chunk.FileOffset + ((i - chunk.Panels.Start) * panel.Length), panel);
            }

            result[i] = SyntheticKernel.Value(output, inputs, i, panel);
        }

        return MemoryMarshal.AsBytes(result.AsSpan()).ToArray();
    }

    private ulong Checksum(long offset, int bytes)
    {
        var payload = new byte[bytes];
        Fill(offset, payload);
        return XxHash3.HashToUInt64(payload);
    }

    private sealed class Builder(Random random)
    {
        private readonly List<KernelBuffer> buffers = [];
        private readonly List<KernelWeight> weights = [];
        private readonly List<KernelNode> kernels = [];
        private readonly List<int> written = [];
        private readonly List<int> ids = [];

        public KernelGraph Build(int count)
        {
            int x = AddBuffer("x", ElementType.Float32, 24);
            int given = AddBuffer("ids", ElementType.Int32, IdCount);
            written.Add(x);
            ids.Add(given);
            for (int i = 0; i < count; i++)
            {
                AddKernel();
            }

            AddPlain(Pick());
            int last = kernels[^1].Output;
            int other = written[random.Next(written.Count)];
            return new KernelGraph
            {
                ModelName = "synthetic",
                ModelHash = "00",
                Inputs =
                [
                    new GraphPort("x", ElementType.Float32, new Shape(24), x, Dense(x)),
                    new GraphPort("ids", ElementType.Int64, new Shape(IdCount), given, Dense(given)),
                ],
                Outputs = [Port("last", last), Port("other", other)],
                Buffers = [.. buffers],
                Weights = [.. weights],
                Kernels = [.. kernels],
            };
        }

        private void AddKernel()
        {
            switch (random.Next(8))
            {
                case 0 or 1 or 2 or 3:
                    AddPanels();
                    break;
                case 4:
                    AddTable();
                    break;
                case 5:
                    AddRows();
                    break;
                case 6:
                    AddIds();
                    break;
                default:
                    AddPlain(Pick());
                    break;
            }
        }

        private void AddPanels()
        {
            KernelWeight weight = Reuse(w => w.Storage is PanelWeight) ?? AddWeight(new PanelWeight(new PanelLayout(
                1, random.Next(8, 48), random.Next(16, 512), random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32, 32)));
            PanelLayout layout = ((PanelWeight)weight.Storage).Layout;
            List<int> inputs = Pick();
            int output = AddBuffer(ElementType.Float32, layout.PanelCount);
            Add(
                new MatMulKernel
                {
                    Name = NewName(), Inputs = [.. inputs.Select(Dense)], Output = Dense(output), Weight = layout,
                },
                [.. inputs.Select(Buffer)],
                output,
                weight.Id);
        }

        private void AddTable()
        {
            bool large = random.Next(2) == 0;
            KernelWeight weight = Reuse(w => w.Storage is LinearWeight)
                ?? AddWeight(new LinearWeight(ElementType.Float32, large ? random.Next(17_000, 20_000) : random.Next(1, 900)));
            List<int> inputs = Pick();
            int output = AddBuffer(ElementType.Float32, random.Next(1, 300));
            TensorView table = TensorView.Dense(ElementType.Float32, new Shape(((LinearWeight)weight.Storage).Elements));
            Add(
                Elementwise([.. inputs.Select(Dense), table], output),
                [.. inputs.Select(Buffer), new Operand(OperandKind.Weight, weight.Id)],
                output);
        }

        private void AddRows()
        {
            KernelWeight weight = Reuse(w => w.Storage is RowWeight)
                ?? AddWeight(new RowWeight(Rows, random.Next(1, 500), ElementType.Float16));
            int elements = ((RowWeight)weight.Storage).RowElements;
            int idBuffer = random.Next(3) == 0 ? -1 : ids[random.Next(ids.Count)];
            ImmutableArray<int> constants = idBuffer < 0 ? [.. Enumerable.Range(random.Next(4), IdCount)] : [];
            int rows = AddBuffer(ElementType.Float16, (long)IdCount * elements);
            int output = AddBuffer(ElementType.Float32, random.Next(1, 300));
            var desc = new GatherKernel
            {
                Name = NewName(),
                Mode = GatherMode.FetchedRows,
                RowType = ElementType.Float16,
                Inputs = [Dense(rows)],
                Output = Dense(output),
            };
            Add(desc, [Buffer(rows)], output);
            kernels[^1] = kernels[^1] with
            {
                Fetch = new RowFetch(weight.Id, idBuffer, idBuffer < 0 ? null : Dense(idBuffer), constants),
            };
        }

        private void AddIds()
        {
            List<int> inputs = Pick();
            int output = AddBuffer(ElementType.Int32, IdCount);
            Add(Elementwise([.. inputs.Select(Dense)], output), [.. inputs.Select(Buffer)], output);
            written.Remove(output);
            ids.Add(output);
        }

        private void AddPlain(List<int> inputs)
        {
            int output = AddBuffer(ElementType.Float32, random.Next(1, 300));
            Add(Elementwise([.. inputs.Select(Dense)], output), [.. inputs.Select(Buffer)], output);
        }

        private static Operand Buffer(int id) => new(OperandKind.Buffer, id);

        private ElementwiseKernel Elementwise(ImmutableArray<TensorView> inputs, int output) => new()
        {
            Name = NewName(), Inputs = inputs, Output = Dense(output), Program = new ElementwiseProgram(inputs.Length, []),
        };

        private string NewName() => $"kernel{kernels.Count}";

        private void Add(KernelDesc desc, ImmutableArray<Operand> inputs, int output, int panelWeight = -1)
        {
            kernels.Add(new KernelNode
            {
                Index = kernels.Count,
                Desc = desc,
                Inputs = inputs,
                Output = output,
                PanelWeight = panelWeight,
                Cost = new KernelCost(random.Next(1_000_000), panelWeight < 0 ? 0 : weights[panelWeight].Storage.Bytes, 100, 100),
            });
            written.Add(output);
        }

        private List<int> Pick() =>
            [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => written[Math.Max(0, written.Count - 1 - random.Next(4))]).Distinct()];

        private KernelWeight? Reuse(Func<KernelWeight, bool> fits)
        {
            KernelWeight[] candidates = [.. weights.Where(fits)];
            return candidates.Length > 0 && random.Next(5) == 0 ? candidates[random.Next(candidates.Length)] : null;
        }

        private KernelWeight AddWeight(WeightStorage storage)
        {
            weights.Add(new KernelWeight(weights.Count, $"weight{weights.Count}", storage, null));
            return weights[^1];
        }

        private int AddBuffer(ElementType type, long elements) => AddBuffer($"buffer{buffers.Count}", type, elements);

        private int AddBuffer(string name, ElementType type, long elements)
        {
            buffers.Add(new KernelBuffer(buffers.Count, name, type, elements));
            return buffers.Count - 1;
        }

        private TensorView Dense(int buffer) => TensorView.Dense(buffers[buffer].Type, new Shape(buffers[buffer].Elements));

        private GraphPort Port(string name, int buffer) =>
            new(name, ElementType.Float32, new Shape(buffers[buffer].Elements), buffer, Dense(buffer));
    }
}
