namespace FlashMem.Runtime.Sessions;

/// <summary>What loading a session is busy with, in order; stages that are not needed are left out.</summary>
public enum LoadStage
{
    OpenDevice,
    Import,
    Compile,
    Pack,
    Plan,
    Prepare,
}

/// <summary>How far loading is.</summary>
/// <param name="Stage">What is going on.</param>
/// <param name="Done">Bytes done of a stage that counts bytes (packing); else 0.</param>
/// <param name="Total">Bytes to do; 0 where a stage does not count.</param>
/// <param name="Detail">For people, for example the weight being packed.</param>
public readonly record struct LoadProgress(LoadStage Stage, long Done, long Total, string Detail);
