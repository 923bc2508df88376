using FlashMem.Backends.Host.Simd;
using FlashMem.Backends.Host.Softmax;
using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>The logarithm of the sum of exponentials, taken relative to the maximum so that nothing overflows.</summary>
internal sealed unsafe class LogSumExpReduction<T> : IResultReduction
    where T : struct, ILane<T>
{
    public float Reduce(NestCursor elements, nint start, float* tile)
    {
        float maximum = float.NegativeInfinity;
        long count = elements.Nest.Count;
        for (long left = count; left > 0; left -= TileStore.TileElements)
        {
            int length = (int)Math.Min(left, TileStore.TileElements);
            maximum = Math.Max(maximum, SoftmaxLoops.Maximum<T>(TileLoad.Load(ref elements, 0, start, length, tile), length));
        }

        if (!float.IsFinite(maximum))
        {
            return maximum;
        }

        double sum = 0;
        elements.Seek(0);
        for (long left = count; left > 0; left -= TileStore.TileElements)
        {
            int length = (int)Math.Min(left, TileStore.TileElements);
            float* x = TileLoad.Load(ref elements, 0, start, length, tile);
            sum += SoftmaxLoops.Exponentials<T>(x, maximum, 1, tile, length);
        }

        return (float)(maximum + Math.Log(sum));
    }
}
