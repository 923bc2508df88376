using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Lowering.Drafts;
using FlashMem.Graph.Lowering.Views;

namespace FlashMem.Graph.Lowering;

/// <summary>
/// Turns an expression into part of the kernel that produces one of its sources, or into a kernel of its own. A kernel takes an expression
/// in when nothing else reads its result, the expression covers the result element by element, and every other source can be read in the
/// kernel's own axes; the kernel is delayed until all sources exist.
/// </summary>
internal static class ExpressionEmitter
{
    /// <summary>Limits of one fused program, so that a backend can size its registers.</summary>
    public const int MaximumOperands = 8;

    public const int MaximumInstructions = 32;

    /// <summary>The value of an expression's register.</summary>
    public static LoweredValue Emit(LoweringContext context, Expression expression, int result, string label, string name)
    {
        if (result < DraftKernel.FirstInstruction)
        {
            Expression.Source source = expression.Sources[result];
            return new LoweredValue(
                name, source.Value.Storage, source.View, uses: 1, source.Value.Exclusive && source.Value.Uses <= source.References);
        }

        result = expression.Last(result);
        if (expression.Shape.ElementCount > 0)
        {
            foreach (int host in HostsByPosition(expression))
            {
                if (TryFuse(context, expression, host, label) is { } fused)
                {
                    return fused;
                }
            }
        }

        return EmitKernel(context, expression, expression.TypeOf(result), label, name);
    }

    /// <summary>Sources whose producer could take the expression in, the last produced first: it needs no delay.</summary>
    private static List<int> HostsByPosition(Expression expression)
    {
        var hosts = new List<int>();
        for (int i = 0; i < expression.Sources.Count; i++)
        {
            if (HostOf(expression.Sources[i]) is not null)
            {
                hosts.Add(i);
            }
        }

        hosts.Sort((a, b) => HostOf(expression.Sources[b])!.Position.CompareTo(HostOf(expression.Sources[a])!.Position));
        return hosts;
    }

    private static DraftKernel? HostOf(Expression.Source source) =>
        source.Value is { Exclusive: true, Storage: DraftBuffer { Writers.Count: 1, Readers.Count: 0 } buffer } value
        && value.Uses <= source.References && buffer.Writers[0].TakesProgram
            ? buffer.Writers[0]
            : null;

    private static LoweredValue? TryFuse(LoweringContext context, Expression expression, int hostIndex, string label)
    {
        Expression.Source source = expression.Sources[hostIndex];
        DraftKernel host = HostOf(source)!;
        DraftBuffer buffer = host.Output;
        if (host.Fused.Count + expression.Sources.Count - 1 > MaximumOperands
            || host.Program.Count + expression.Instructions.Count > MaximumInstructions
            || source.View.ElementCount != host.OutputView.ElementCount || source.View.Type != host.ResultType)
        {
            return null;
        }

        var views = new TensorView?[expression.Sources.Count];
        bool delayed = false;
        for (int i = 0; i < views.Length; i++)
        {
            if (i == hostIndex)
            {
                continue;
            }

            Expression.Source other = expression.Sources[i];
            views[i] = AddressMap.Between(source.View, other.View)?.Apply(host.OutputView)?.WithType(other.View.Type);
            if (views[i] is null || ReferenceEquals(other.Value.Storage, buffer))
            {
                return null;
            }

            delayed |= LastWriter(other.Value.Storage) > host.Position;
        }

        if (!source.View.IsInjective())
        {
            return null;
        }

        if (delayed)
        {
            context.MoveToEnd(host);
        }

        Append(host, expression, hostIndex, views);
        host.Names.Add(label);
        ElementType type = host.Program[^1].ResultType;
        host.ResultType = type;
        host.OutputView = host.OutputView.WithType(type);
        buffer.Type = type;
        LoweredValue result = LoweringContext.Temporary(buffer, source.View.WithType(type));
        Straighten(expression, hostIndex, host, result);
        return result;
    }

    private static void Append(DraftKernel host, Expression expression, int hostIndex, TensorView?[] views)
    {
        var registers = new int[views.Length];
        if (hostIndex >= 0)
        {
            registers[hostIndex] = host.ResultRegister;
        }

        for (int i = 0; i < views.Length; i++)
        {
            if (i != hostIndex)
            {
                registers[i] = host.Operand(expression.Sources[i].Value.Storage, views[i]!);
            }
        }

        int shift = host.Program.Count;
        foreach (ElementwiseInstruction step in expression.Instructions)
        {
            host.Program.Add(step with { A = Map(step.A), B = Map(step.B), C = Map(step.C) });
        }

        int Map(int register) => register < 0 ? -1
            : register >= DraftKernel.FirstInstruction ? register + shift
            : registers[register];
    }

    /// <summary>
    /// After a kernel took in an expression through a reordering view (rows in window order, say), its result is laid out in the logical
    /// order of the expression, as long as rows stay contiguous: readers then see plain axes again.
    /// </summary>
    private static void Straighten(Expression expression, int hostIndex, DraftKernel host, LoweredValue result)
    {
        bool plain = true;
        foreach (var axis in result.View.Axes)
        {
            plain &= axis.Length <= 1;
        }

        if (plain)
        {
            return;
        }

        TensorView order = TensorView.Dense(result.View.Type, result.Shape);
        for (int i = 0; i < expression.Sources.Count; i++)
        {
            Expression.Source other = expression.Sources[i];
            if (i != hostIndex && other.Value.Storage is DraftBuffer && other.View.IsInjective())
            {
                order = other.View.WithType(result.View.Type).DenseLike();
            }
        }

        int last = host.OutputView.Rank - 1;
        if (AddressMap.Between(result.View, order)?.Apply(host.OutputView) is { } moved
            && (host.OutputView.InnerStride(last) != 1 || moved.InnerStride(last) == 1))
        {
            BufferPlacement.TryMove(host.Output, result.View, host.Output, order);
        }
    }

    private static int LastWriter(DraftStorage storage)
    {
        int last = -1;
        if (storage is DraftBuffer buffer)
        {
            foreach (DraftKernel writer in buffer.Writers)
            {
                last = Math.Max(last, writer.Position);
            }
        }

        return last;
    }

    private static LoweredValue EmitKernel(LoweringContext context, Expression expression, ElementType type, string label, string name)
    {
        var buffer = new DraftBuffer(name, type, expression.Shape.ElementCount);
        TensorView value = TensorView.Dense(type, expression.Shape);
        if (buffer.Elements == 0)
        {
            return LoweringContext.Temporary(buffer, value);
        }

        foreach (Expression.Source source in expression.Sources)
        {
            if (source.Value.Storage is DraftBuffer && source.View.IsInjective())
            {
                value = source.View.WithType(type).DenseLike();
                break;
            }
        }

        TensorView output = InMemoryOrder(value);
        var views = new TensorView?[expression.Sources.Count];
        bool reordered = true;
        for (int i = 0; i < views.Length && reordered; i++)
        {
            TensorView view = expression.Sources[i].View;
            views[i] = AddressMap.Between(value, view)?.Apply(output)?.WithType(view.Type);
            reordered &= views[i] is not null;
        }

        if (!reordered)
        {
            value = output = TensorView.Dense(type, expression.Shape);
            for (int i = 0; i < views.Length; i++)
            {
                views[i] = expression.Sources[i].View;
            }
        }

        var prototype = new ElementwiseKernel { Name = "", Inputs = [], Output = output, Program = new(0, []) };
        DraftKernel kernel = context.Append(new DraftKernel(label, prototype, buffer, output, type));
        Append(kernel, expression, hostIndex: -1, views);
        return LoweringContext.Temporary(buffer, value);
    }

    /// <summary>The same elements with one axis per loop, in the order in which they lie in memory.</summary>
    private static TensorView InMemoryOrder(TensorView view)
    {
        var factors = new List<ViewFactor>();
        foreach (var axis in view.Axes)
        {
            factors.AddRange(axis);
        }

        factors.Sort(static (a, b) => b.Stride.CompareTo(a.Stride));
        var axes = new List<ViewFactor[]>(factors.Count);
        foreach (ViewFactor factor in factors)
        {
            axes.Add([factor]);
        }

        return TensorView.FromFactors(view.Type, axes, view.Offset);
    }
}
