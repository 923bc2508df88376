namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>A loop of a family's kernel as one wave runs it.</summary>
/// <param name="Iterations">How often.</param>
/// <param name="LoadSteps">Instructions that issue reads, at the start of every iteration.</param>
/// <param name="WorkSteps">Instructions after them.</param>
internal readonly record struct PatternLoop(int Iterations, int LoadSteps, int WorkSteps)
{
    public int Steps => LoadSteps + WorkSteps;
}

/// <summary>What a stage of the whole pattern is.</summary>
internal enum StageKind
{
    /// <summary>Iterations of a family's loop.</summary>
    Plain,

    /// <summary>Iterations of the main loop that move a texel each.</summary>
    Carrying,

    /// <summary>The write of the last texel that the main loop has read.</summary>
    LastWrite,

    /// <summary>Texels beyond the main loop's iterations, a few reads at a time.</summary>
    Rest,
}

/// <summary>A run of equal iterations of a pattern; loops of the family with the moves woven in.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Loop">The family's loop.</param>
/// <param name="First">First iteration of that loop (or first round of moves).</param>
/// <param name="Iterations">How often.</param>
/// <param name="Steps">Instructions of an iteration.</param>
internal readonly record struct PatternStage(StageKind Kind, int Loop, int First, int Iterations, int Steps);
