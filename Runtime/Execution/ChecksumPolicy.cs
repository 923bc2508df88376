namespace FlashMem.Runtime.Execution;

/// <summary>When the bytes of a weight are checked against the weight file's checksums.</summary>
public enum ChecksumPolicy
{
    /// <summary>Everything that a session's first run reads; later runs trust the file's identity.</summary>
    FirstRead,

    /// <summary>Everything at every read; costs some processor time per byte streamed.</summary>
    EveryRead,

    Never,
}
