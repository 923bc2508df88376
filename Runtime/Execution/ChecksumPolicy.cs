namespace FlashMem.Runtime.Execution;

/// <summary>When the bytes of a weight are checked against the weight file's checksums.</summary>
public enum ChecksumPolicy
{
    /// <summary>Every chunk when it is read for the first time; later runs trust the file's identity.</summary>
    FirstRead,

    /// <summary>Every chunk at every read; costs some processor time per byte streamed.</summary>
    EveryRead,

    Never,
}
