namespace FlashMem.Runtime.Execution;

/// <summary>When the bytes of a weight are checked against the weight file's checksums.</summary>
public enum ChecksumPolicy
{
    /// <summary>
    /// As <see cref="FirstRead"/>, but the chunks of a file that an earlier run, of whichever process, has read in whole and found right are
    /// trusted while the file's identity (length, time of the last write, inode, device) stays the same.
    /// </summary>
    NewFile,

    /// <summary>Everything that a session's first run reads; later runs trust the file's identity.</summary>
    FirstRead,

    /// <summary>Everything at every read; costs some processor time per byte streamed.</summary>
    EveryRead,

    Never,
}
