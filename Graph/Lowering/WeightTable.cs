using System.Collections.Immutable;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering.Drafts;

namespace FlashMem.Graph.Lowering;

/// <summary>The weights of a kernel graph in order of first use; equal ones (same source, walk and layout) are one.</summary>
internal sealed class WeightTable(LoweringContext context)
{
    private readonly ImmutableArray<KernelWeight>.Builder weights = ImmutableArray.CreateBuilder<KernelWeight>();
    private readonly Dictionary<(string Name, WeightStorage Storage, TensorView View), int> ids = [];
    private readonly Dictionary<string, ConstantGraph> graphs = [];

    public ImmutableArray<KernelWeight> ToImmutable() => weights.ToImmutable();

    public int Panels(DraftPanels panels) => Add(panels.Storage, new PanelWeight(panels.Layout), panels.View);

    public int Rows(DraftFetch fetch)
    {
        Shape shape = fetch.TableView.Shape;
        return Add(fetch.Table, new RowWeight(shape[0], checked((int)shape[1]), fetch.RowType), fetch.TableView);
    }

    /// <summary>
    /// A linear weight that holds just the elements that <paramref name="view"/> reads, in the order in which it reads them; and the view
    /// over it.
    /// </summary>
    public (int Id, TensorView View) Linear(ConstantStorage storage, TensorView view)
    {
        var read = new List<ViewFactor>();
        long elements = 1;
        foreach (var axis in view.Axes)
        {
            foreach (ViewFactor factor in axis)
            {
                if (factor.Stride != 0)
                {
                    read.Add(factor);
                    elements = checked(elements * factor.Extent);
                }
            }
        }

        long stride = elements;
        var axes = new List<ViewFactor[]>(view.Rank);
        foreach (var axis in view.Axes)
        {
            var factors = new ViewFactor[axis.Length];
            for (int i = 0; i < factors.Length; i++)
            {
                stride = axis[i].Stride == 0 ? stride : stride / axis[i].Extent;
                factors[i] = new ViewFactor(axis[i].Extent, axis[i].Stride == 0 ? 0 : stride);
            }

            axes.Add(factors);
        }

        TensorView source = TensorView.FromFactors(view.Type, [read], view.Offset);
        int id = Add(storage, new LinearWeight(view.Type, elements), source);
        return (id, TensorView.FromFactors(view.Type, axes));
    }

    private int Add(ConstantStorage storage, WeightStorage layout, TensorView walk)
    {
        TensorView view = TensorView.FromFactors(
            storage.Info.Type, walk.Axes.Select(static axis => (IEnumerable<ViewFactor>)axis), walk.Offset);
        var key = (storage.Name, layout, view);
        if (ids.TryGetValue(key, out int id))
        {
            return id;
        }

        id = weights.Count;
        ids[key] = id;
        weights.Add(new KernelWeight(id, storage.Name, layout, Source(storage, view)));
        return id;
    }

    private WeightSource Source(ConstantStorage storage, TensorView view)
    {
        if (storage.Weight is { } tensor)
        {
            return new StoredSource(tensor) { View = view };
        }

        if (!graphs.TryGetValue(storage.Name, out ConstantGraph? graph))
        {
            graphs[storage.Name] = graph = context.ConstantGraphOf(storage);
        }

        return new ComputedSource(graph) { View = view };
    }
}
