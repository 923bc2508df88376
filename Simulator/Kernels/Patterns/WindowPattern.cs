using FlashMem.Abstractions.Kernels;
using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>What a windowed kernel does per channel slice.</summary>
internal sealed record WindowShape
{
    /// <summary>Neighbouring output pixels of a work-item.</summary>
    public required int Pixels { get; init; }

    public required int TapRows { get; init; }

    public required int TapColumns { get; init; }

    /// <summary>Every tap has a texel of weights of its own.</summary>
    public bool ReadsWeight { get; init; }

    /// <summary>Half-precision operations per element and tap.</summary>
    public required int OperationsPerTap { get; init; }
}

/// <summary>
/// Kernels that visit a window of the input per output pixel and slice of four channels: depthwise convolution, pooling, resizing. A
/// work-item reads a row of taps at a time from textures and writes texels.
/// </summary>
internal sealed class WindowPattern : KernelPattern
{
    private const int MostTapsAtOnce = 8;

    private readonly Windows windows;
    private readonly WindowShape shape;
    private readonly PixelImage image;
    private readonly TextureImage weights;
    private readonly EpilogueOperands epilogue;
    private readonly long pixels;
    private readonly long pixelGroups;
    private readonly int parts;
    private readonly int taps;

    /// <param name="target">The device.</param>
    /// <param name="kernel">Input 0 and output have axes [N, C, H, W].</param>
    /// <param name="windows">Where windows lie.</param>
    /// <param name="shape">What is done with them.</param>
    public WindowPattern(PatternTarget target, KernelDesc kernel, Windows windows, WindowShape shape)
        : base(target)
    {
        this.windows = windows;
        this.shape = shape;
        image = new PixelImage(target, 0, kernel.Inputs[0].Shape);
        weights = new TextureImage(target.Tiles, 1, (long)image.Slices * HalfElements.TexelBytes);
        epilogue = new EpilogueOperands(target, kernel, kernel.Output.Shape[1]);
        pixels = kernel.Output.Shape[0] * windows.PixelsPerImage;
        pixelGroups = (pixels + shape.Pixels - 1) / shape.Pixels;
        parts = (shape.TapColumns + MostTapsAtOnce - 1) / MostTapsAtOnce;
        taps = (shape.TapColumns + parts - 1) / parts;
        long slices = (kernel.Output.Shape[1] + 3) / 4;
        long waves = slices * ((pixelGroups + target.WaveWidth - 1) / target.WaveWidth);
        Launch(
            waves, 1, target.WavesPerCore, 0, -1,
            [
                new PatternLoop(shape.TapRows * parts, taps * (shape.Pixels + (shape.ReadsWeight ? 1 : 0)), 2),
                new PatternLoop(1, 0, epilogue.Count + EpilogueOperands.WorkSteps + shape.Pixels),
            ]);
    }

    protected override void Emit(int loop, int iteration, int step, long workgroup, int wave, WaveInstruction instruction)
    {
        long perSlice = (pixelGroups + Target.WaveWidth - 1) / Target.WaveWidth;
        (long slice, long part) = Math.DivRem(workgroup, perSlice);
        long firstGroup = part * Target.WaveWidth;
        int items = (int)Math.Min(Target.WaveWidth, pixelGroups - firstGroup);
        if (loop == 0)
        {
            EmitTaps(slice, firstGroup, items, iteration, step, instruction);
            return;
        }

        if (step < epilogue.Count)
        {
            epilogue.Read(step, firstGroup * shape.Pixels, slice * 4, items * shape.Pixels, 4, items, instruction);
        }
        else if (step < epilogue.Count + EpilogueOperands.WorkSteps)
        {
            epilogue.Work(step - epilogue.Count, 4 * shape.Pixels, items, instruction);
        }
        else
        {
            int pixel = step - epilogue.Count - EpilogueOperands.WorkSteps;
            int writers = (int)Math.Clamp(pixels - (firstGroup + (pixel * pixelGroups)), 0, items);
            instruction.Set(WaveOp.TextureWrite, HalfElements.TexelBytes, writers);
        }
    }

    private void EmitTaps(long slice, long firstGroup, int items, int iteration, int step, WaveInstruction instruction)
    {
        (int tapRow, int part) = Math.DivRem(iteration, parts);
        int firstTap = part * taps;
        int active = Math.Min(taps, shape.TapColumns - firstTap);
        int inputs = taps * shape.Pixels;
        int reads = taps * (shape.Pixels + (shape.ReadsWeight ? 1 : 0));
        if (step == reads)
        {
            instruction.Set(WaveOp.Fp32, (active * shape.Pixels) + 2, items);
        }
        else if (step > reads)
        {
            instruction.Set(WaveOp.Fp16, active * shape.Pixels * 4 * shape.OperationsPerTap, items, 0);
        }
        else if (step >= inputs)
        {
            int tap = firstTap + step - inputs;
            instruction.Set(WaveOp.TextureRead, HalfElements.TexelSlotBytes, tap < shape.TapColumns ? items : 0);
            instruction.AddLine(weights.Tile(slice * HalfElements.TexelBytes, ((long)tapRow * shape.TapColumns) + tap));
        }
        else
        {
            (int pixel, int inside) = Math.DivRem(step, taps);
            bool reads0 = firstTap + inside < shape.TapColumns;
            instruction.Set(WaveOp.TextureRead, HalfElements.TexelSlotBytes, reads0 ? items : 0);
            for (int item = 0; reads0 && item < items; item++)
            {
                // Neighbouring work-items have neighbouring pixels; a work-item's own pixels lie a stripe apart.
                long index = Math.Min(firstGroup + item + (pixel * pixelGroups), pixels - 1);
                (long number, int y, int x) = windows.Pixel(index);
                (int inY, int inX) = windows.Input(y, x, tapRow, firstTap + inside);
                instruction.AddLine(image.Tile(number, inY, inX, slice));
            }
        }
    }
}
