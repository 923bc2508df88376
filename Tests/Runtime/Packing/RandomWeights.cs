using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;

namespace FlashMem.Tests.Runtime.Packing;

/// <summary>Random tensors, and weights that walk them in the ways that lowering makes: dense, transposed, convolution, slices.</summary>
internal sealed class RandomWeights(int seed, PackingFolder folder)
{
    private static readonly ElementType[] floats =
        [ElementType.Float32, ElementType.Float32, ElementType.Float16, ElementType.BFloat16, ElementType.Float64];

    private static readonly ElementType[] integers =
        [ElementType.Int32, ElementType.Int64, ElementType.Bool, ElementType.UInt8, ElementType.Int8, ElementType.Int16];

    private readonly Random random = new(seed);

    public KernelWeight Next(int id) => random.Next(4) switch
    {
        0 => Rows(id),
        1 => Linear(id),
        _ => Panels(id),
    };

    /// <summary>A panel weight whose source is a matrix, its transpose, a convolution filter, or part of a wider matrix.</summary>
    public KernelWeight Panels(int id)
    {
        ElementType stored = random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32;
        int groups = random.Next(3) == 0 ? random.Next(1, 5) : 1;
        int channels = random.Next(1, 40);
        int kernel = random.Next(3) == 0 ? 3 : 1;
        int columns = random.Next(1, 120);
        int depth = channels * kernel * kernel;
        var layout = new PanelLayout(groups, depth, columns, stored, random.Next(4) == 0 ? 16 : 32, random.Next(3) == 0 ? 1 : 4);
        ElementType type = Pick(floats);
        TensorView view = random.Next(4) switch
        {
            0 => TensorView.Dense(type, new Shape(groups, depth, columns)),
            1 => TensorView.FromStrides(type, new Shape(groups, depth, columns), [(long)depth * columns, 1, depth]),
            2 => TensorView.FromStrides(
                type, new Shape(groups, depth, columns), [columns, (long)groups * columns * 3, -1], columns - 1 + (2L * groups * columns)),
            _ => TensorView.FromFactors(
                type,
                [
                    [new ViewFactor(groups, (long)columns * depth)],
                    [new ViewFactor(kernel * kernel, 1), new ViewFactor(channels, kernel * kernel)],
                    [new ViewFactor(columns, depth)],
                ]),
        };
        return Make(id, new PanelWeight(layout), view);
    }

    public KernelWeight Rows(int id)
    {
        ElementType stored = random.Next(2) == 0 ? ElementType.Float16 : ElementType.Float32;
        var shape = new Shape(random.Next(1, 300), random.Next(1, 90));
        ElementType type = Pick(floats);
        TensorView view = random.Next(3) == 0
            ? TensorView.FromStrides(type, shape, [1, shape[0]])
            : TensorView.Dense(type, shape);
        return Make(id, new RowWeight(shape[0], (int)shape[1], stored), view);
    }

    public KernelWeight Linear(int id)
    {
        bool isFloat = random.Next(2) == 0;
        ElementType type = Pick(isFloat ? floats : integers);
        var shape = new Shape(random.Next(1, 5), random.Next(1, 200), random.Next(1, random.Next(8) == 0 ? 300 : 6));
        TensorView view = random.Next(3) switch
        {
            0 => TensorView.Dense(type, new Shape(shape[2], shape[1], shape[0])).Transpose([2, 1, 0]),
            1 => TensorView.Dense(type, new Shape(shape[1], 1)).BroadcastTo(shape),
            _ => TensorView.Dense(type, shape),
        };
        return Make(id, new LinearWeight(isFloat ? ElementType.Float32 : ElementType.Int32, shape.ElementCount), view);
    }

    private KernelWeight Make(int id, WeightStorage storage, TensorView view)
    {
        string name = $"weight {id}";
        byte[] bytes = Bytes(view.Type, (int)view.UpperBound + random.Next(3));
        long elements = bytes.Length / view.Type.SizeInBytes();
        if (random.Next(4) == 0)
        {
            var constant = new ConstantTensor(view.Type, new Shape(elements), ImmutableCollectionsMarshal.AsImmutableArray(bytes));
            var graph = new ConstantGraph(
                [],
                ImmutableDictionary<string, ConstantTensor>.Empty.Add(name, constant),
                ImmutableDictionary<string, WeightRef>.Empty,
                18,
                new ValueInfo(name, view.Type, constant.Shape));
            return new KernelWeight(id, name, storage, new ComputedSource(graph) { View = view });
        }

        WeightRef tensor = folder.AddTensor(name, view.Type, new Shape(elements), bytes);
        return new KernelWeight(id, name, storage, new StoredSource(tensor) { View = view });
    }

    private byte[] Bytes(ElementType type, int count)
    {
        var bytes = new byte[count * type.SizeInBytes()];
        for (int i = 0; i < count; i++)
        {
            // Over many binades, so that subnormal halves and rounding both occur.
            double value = (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-28, 12));
            Span<byte> at = bytes.AsSpan(i * type.SizeInBytes());
            switch (type)
            {
                case ElementType.Float32:
                    MemoryMarshal.Write(at, (float)value);
                    break;
                case ElementType.Float64:
                    MemoryMarshal.Write(at, value);
                    break;
                case ElementType.Float16:
                    MemoryMarshal.Write(at, (Half)value);
                    break;
                case ElementType.BFloat16:
                    MemoryMarshal.Write(at, (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16));
                    break;
                case ElementType.Int64:
                    MemoryMarshal.Write(at, (long)random.Next(int.MinValue, int.MaxValue));
                    break;
                default:
                    random.NextBytes(at[..type.SizeInBytes()]);
                    break;
            }
        }

        return bytes;
    }

    private ElementType Pick(ElementType[] types) => types[random.Next(types.Length)];
}
