using FlashMem.Backends.Host.Views;

namespace FlashMem.Backends.Host.Reduce;

/// <summary>Reduces the elements of one result.</summary>
internal unsafe interface IResultReduction
{
    /// <summary>The result, Int32 results by their bits.</summary>
    /// <param name="elements">Over the elements, which are its view 0, in logical order.</param>
    /// <param name="start">Address of the first element.</param>
    /// <param name="tile"><see cref="TileStore.TileElements"/> floats of scratch.</param>
    float Reduce(NestCursor elements, nint start, float* tile);
}
