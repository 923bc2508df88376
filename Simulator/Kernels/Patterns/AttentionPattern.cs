using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Attention by tiles: a workgroup of one wave keeps a tile of queries of one head and walks all keys, a block at a time: scores from
/// textures of Q and K, weights by the running maximum, sums with V. Scores change hands through local memory, told as arithmetic. It
/// carries no moves.
/// </summary>
internal sealed class AttentionPattern : KernelPattern
{
    private const int ItemQueries = 4;
    private const int ItemKeys = 4;
    private const int MostItemOutputs = 8;

    /// <summary>Waves resident, of eight: sums, scores and texels fill the registers of twice the usual number.</summary>
    private const int ResidentEighths = 4;

    private readonly AttentionKernel kernel;
    private readonly MatrixSide queries;
    private readonly MatrixSide keys;
    private readonly ColumnSide values;
    private readonly EpilogueOperands epilogue;
    private readonly long queryCount;
    private readonly long keyCount;
    private readonly int acrossQueries;
    private readonly int acrossKeys;
    private readonly int widthQuads;
    private readonly int itemOutputs;
    private readonly long outputs;
    private readonly long queryTiles;
    private readonly long outputTiles;

    public AttentionPattern(PatternTarget target, AttentionKernel kernel)
        : base(target)
    {
        this.kernel = kernel;
        Shape q = kernel.Inputs[0].Shape;
        Shape v = kernel.Inputs[2].Shape;
        (queryCount, keyCount, outputs) = (q[2], v[2], v[3]);
        widthQuads = (int)((q[3] + 3) / 4);
        acrossQueries = AcrossQueries(target.WaveWidth);
        acrossKeys = target.WaveWidth / acrossQueries;
        itemOutputs = (int)Math.Min(MostItemOutputs, (outputs + acrossKeys - 1) / acrossKeys);
        queries = new MatrixSide(target, 0, queryCount, widthQuads);
        keys = new MatrixSide(target, 1, keyCount, widthQuads);
        values = new ColumnSide(target, 2, q[0] * q[1], outputs);
        epilogue = new EpilogueOperands(target, kernel, outputs);
        queryTiles = (queryCount + TileQueries - 1) / TileQueries;
        outputTiles = (outputs + (itemOutputs * acrossKeys) - 1) / (itemOutputs * acrossKeys);
        Launch(
            q[0] * q[1] * queryTiles * outputTiles, 1, Math.Max(1, target.WavesPerCore * ResidentEighths / 8), 0, -1,
            [
                new PatternLoop((int)((keyCount + TileKeys - 1) / TileKeys), 0, ScoreSteps + WeightSteps + ValueSteps),
                new PatternLoop(1, 0, epilogue.Count + EpilogueOperands.WorkSteps + ItemQueries),
            ]);
    }

    private int TileQueries => ItemQueries * acrossQueries;

    private int TileKeys => ItemKeys * acrossKeys;

    private int ScoreSteps => widthQuads * (ItemQueries + ItemKeys + 1);

    private int WeightSteps => (kernel.HasMask ? 1 : 0) + 2;

    private int ValueSteps => TileKeys / 4 * (itemOutputs + 1);

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        (long head, long rest) = Math.DivRem(workgroup, queryTiles * outputTiles);
        (long queryTile, long outputTile) = Math.DivRem(rest, outputTiles);
        long query = queryTile * TileQueries;
        long column = outputTile * itemOutputs * acrossKeys;
        int rowItems = (int)Math.Min(acrossQueries, queryCount - query);
        int columnItems = (int)Math.Min(acrossKeys, outputs - column);
        if (loop == 0)
        {
            EmitBlock(head, query, column, (long)iteration * TileKeys, rowItems, columnItems, step, instruction);
        }
        else if (step < epilogue.Count)
        {
            long row = (head * queryCount) + query;
            epilogue.Read(step, row, column, TileQueries, itemOutputs * acrossKeys, rowItems * columnItems, instruction);
        }
        else if (step < epilogue.Count + EpilogueOperands.WorkSteps)
        {
            epilogue.Work(step - epilogue.Count, ItemQueries * itemOutputs, rowItems * columnItems, instruction);
        }
        else
        {
            long done = (long)(step - epilogue.Count - EpilogueOperands.WorkSteps) * acrossQueries;
            int rows = (int)Math.Clamp(queryCount - query - done, 0, acrossQueries);
            instruction.Set(WaveOp.TextureWrite, 2 * itemOutputs, rows * columnItems);
        }
    }

    private static int AcrossQueries(int waveWidth)
    {
        int across = 1;
        while (across * across < waveWidth)
        {
            across *= 2;
        }

        return across;
    }

    private void EmitBlock(
        long head, long query, long column, long key, int rowItems, int columnItems, int step, WaveInstruction instruction)
    {
        int keyItems = (int)Math.Min(acrossKeys, keyCount - key);
        int items = rowItems * keyItems;
        if (step < ScoreSteps)
        {
            (int quad, int inside) = Math.DivRem(step, ItemQueries + ItemKeys + 1);
            if (inside == ItemQueries + ItemKeys)
            {
                instruction.Set(WaveOp.Fp16, 4 * ItemQueries * ItemKeys, items, 0);
                return;
            }

            instruction.Set(WaveOp.TextureRead, HalfElements.TexelSlotBytes, items);
            bool isQuery = inside < ItemQueries;
            long first = isQuery ? query + ((long)inside * acrossQueries) : key + ((long)(inside - ItemQueries) * acrossKeys);
            int across = isQuery ? acrossQueries : acrossKeys;
            long last = (isQuery ? queryCount : keyCount) - 1;
            for (int i = 0; i < across; i++)
            {
                instruction.AddLine((isQuery ? queries : keys).Tile(head, Math.Min(first + i, last), quad, 0));
            }

            return;
        }

        step -= ScoreSteps;
        if (step < WeightSteps)
        {
            EmitWeights(query, key, items, step + (kernel.HasMask ? 0 : 1), instruction);
            return;
        }

        (int keyQuad, int value) = Math.DivRem(step - WeightSteps, itemOutputs + 1);
        int active = key + (4 * keyQuad) < keyCount ? rowItems * columnItems : 0;
        if (value == itemOutputs)
        {
            // Weights of four keys and four queries come from local memory: an operation each.
            instruction.Set(WaveOp.Fp16, (4 * ItemQueries * itemOutputs) + ItemQueries, active, 0);
            return;
        }

        instruction.Set(WaveOp.TextureRead, HalfElements.TexelSlotBytes, active);
        for (int i = 0; active > 0 && i < acrossKeys; i++)
        {
            long at = Math.Min(column + ((long)value * acrossKeys) + i, outputs - 1);
            instruction.AddLine(values.Tile(head, at, (int)(key / 4) + keyQuad, 0));
        }
    }

    private void EmitWeights(long query, long key, int items, int step, WaveInstruction instruction)
    {
        switch (step)
        {
            case 0:
                instruction.Set(WaveOp.BufferRead, 2 * ItemQueries * ItemKeys, items);
                long width = Math.Min(TileKeys, keyCount - key);
                for (int row = 0; row < TileQueries; row++)
                {
                    long element = (Math.Min(query + row, queryCount - 1) * keyCount) + key;
                    OperandSlots.AddRun(
                        instruction, OperandSlots.Address(3) + (ulong)(2 * element), 2 * width, Target.BufferLineBytes);
                }

                break;
            case 1:
                // Maximum, sum, scaling of the sums so far, and the exchange through local memory.
                instruction.Set(WaveOp.Fp16, (4 * ItemQueries * ItemKeys) + (ItemQueries * itemOutputs), items, 0);
                break;
            default:
                instruction.Set(WaveOp.Special, ItemQueries * ItemKeys, items);
                break;
        }
    }
}
