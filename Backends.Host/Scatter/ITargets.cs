namespace FlashMem.Backends.Host.Scatter;

/// <summary>Finds where an update goes.</summary>
internal unsafe interface ITargets
{
    /// <summary>Element offset in the output, without its own offset.</summary>
    /// <param name="update">Row-major position of the update.</param>
    /// <param name="indices">First index.</param>
    long At(long update, int* indices);
}
