using System.Collections.Immutable;
using System.Numerics;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Backends.ILGPU.Operands;

/// <summary>
/// What a kernel reads of its description: how it walks its operands, its fused expression, and what its family adds. A table begins with
/// slots that hold positions of its parts, counted from its first word; 0 where there is none.
/// </summary>
/// <remarks>
/// A walk is an offset, a number of factors, and for each factor, outermost first, its extent, the multiplier and the shift that divide by it,
/// and its stride. Positions and addresses are below 2^31.
/// </remarks>
internal sealed class KernelTable
{
    public const int OutputSlot = KernelOperands.MostInputs;
    public const int ExpressionSlot = OutputSlot + 1;

    /// <summary>Holds the input slot of the expression's operand 0, minus one where that operand is the kernel's result.</summary>
    public const int OperandsSlot = ExpressionSlot + 1;

    /// <summary>First slot of the family.</summary>
    public const int FamilySlot = 16;

    public const int FactorWords = 4;

    private const int FamilySlots = 16;

    private readonly List<uint> words = [.. new uint[FamilySlot + FamilySlots]];

    private KernelTable()
    {
    }

    public ReadOnlySpan<uint> Words => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(words);

    /// <summary>A table with the walks of all operands, each over its own logical positions, and the epilogue.</summary>
    public static KernelTable Of(KernelDesc desc)
    {
        if (desc.Inputs.Length > KernelOperands.MostInputs)
        {
            throw new DeviceException(
                $"ilgpu: kernel '{desc.Name}' has {desc.Inputs.Length} inputs, at most {KernelOperands.MostInputs} are supported");
        }

        var table = new KernelTable();
        for (int i = 0; i < desc.Inputs.Length; i++)
        {
            table.words[i] = (uint)table.Walk(desc.Inputs[i]);
        }

        table.words[OutputSlot] = (uint)table.Walk(desc.Output);
        if (desc.Epilogue is { } epilogue)
        {
            table.AddExpression(epilogue, desc.EpilogueStart - 1);
        }

        return table;
    }

    /// <summary>Adds the expression.</summary>
    /// <param name="program">It.</param>
    /// <param name="firstSlot">Input slot of its operand 0; one less than that of operand 1 where operand 0 is a result.</param>
    public void AddExpression(ElementwiseProgram program, int firstSlot)
    {
        words[ExpressionSlot] = (uint)words.Count;
        words[OperandsSlot] = (uint)firstSlot;
        words.AddRange(Expressions.ExpressionTable.Words(program));
    }

    /// <summary>Sets a slot of the family to a number.</summary>
    public void Set(int familySlot, int value) => words[FamilySlot + familySlot] = (uint)value;

    /// <summary>Adds words and sets a slot of the family to their position.</summary>
    public void Add(int familySlot, IEnumerable<uint> added)
    {
        Set(familySlot, words.Count);
        words.AddRange(added);
    }

    /// <summary>Adds a walk and sets a slot of the family to its position.</summary>
    public void AddWalk(int familySlot, ImmutableArray<ViewFactor> factors, long offset) => Set(familySlot, Walk(factors, offset));

    private int Walk(TensorView view) => Walk(view.Factors(), view.Offset);

    private int Walk(ImmutableArray<ViewFactor> factors, long offset)
    {
        int position = words.Count;
        words.Add(Word(offset));
        words.Add((uint)factors.Length);
        long elements = 1;
        foreach (ViewFactor factor in factors)
        {
            elements = checked(elements * factor.Extent);
            uint extent = Word(factor.Extent);
            (uint multiplier, int shift) = Division(Math.Max(1, extent));
            words.AddRange([extent, multiplier, (uint)shift, Word(factor.Stride)]);
        }

        _ = Word(elements);
        return position;
    }

    /// <summary>Multiplier and shift by which a 64-bit product divides any number below 2^31.</summary>
    internal static (uint Multiplier, int Shift) Division(uint divisor)
    {
        // With 2^(s-1) < d <= 2^s, m = ceil(2^(31+s) / d) exceeds the quotient by less than 2^s / 2^(31+s) of a dividend below 2^31.
        int bits = divisor == 1 ? 0 : 32 - BitOperations.LeadingZeroCount(divisor - 1);
        int shift = 31 + bits;
        ulong multiplier = ((1UL << shift) + divisor - 1) / divisor;
        return ((uint)multiplier, shift);
    }

    private static uint Word(long value) => value is >= int.MinValue and <= int.MaxValue
        ? unchecked((uint)(int)value)
        : throw new DeviceException($"ilgpu: {value} elements are more than kernels can count ({int.MaxValue})");
}
