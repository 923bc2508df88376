namespace FlashMem.Backends.Host.Gather;

/// <summary>Finds the slice of the data that an index names.</summary>
internal unsafe interface ISlices
{
    /// <summary>Element offset in the data of the slice that goes to a place of the output, without the data's own offset.</summary>
    /// <param name="place">Row-major position over the output's axes before the slice.</param>
    /// <param name="indices">First index.</param>
    long At(long place, int* indices);
}
