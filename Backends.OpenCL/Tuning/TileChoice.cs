using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>The tiles that a kernel got, and what else it could have had.</summary>
/// <param name="Tiles">Those in use.</param>
/// <param name="IsTuned">They come from the tuner's files.</param>
/// <param name="Problem">Works out the candidates; called only where someone tunes or looks for tuned tiles.</param>
internal sealed record TileChoice(KernelTiles Tiles, bool IsTuned, Func<TileProblem> Problem)
{
    /// <summary>The tiles asked for, else tuned ones, else the table's.</summary>
    /// <param name="asked">Null leaves it to the tuner's files and the table.</param>
    /// <param name="traits">The device; holds the tuned tiles where there are any.</param>
    /// <param name="table">The table's choice.</param>
    /// <param name="problem">See <see cref="Problem"/>.</param>
    public static TileChoice Of(KernelTiles? asked, ClTraits traits, Func<KernelTiles> table, Func<TileProblem> problem)
    {
        KernelTiles? tuned = asked is null ? traits.Tuned?.Find(problem()) : null;
        return new TileChoice(asked ?? tuned ?? table(), tuned is not null, problem);
    }
}
