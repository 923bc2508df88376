namespace FlashMem.Runtime.Storage;

/// <summary>The alignment that direct I/O wants of offsets, lengths and addresses; a multiple of every common block size.</summary>
internal static class FileAlignment
{
    public const int Bytes = 4096;

    public static bool IsAligned(long value) => (value & (Bytes - 1)) == 0;

    public static long RoundUp(long value) => checked(value + Bytes - 1) & ~(long)(Bytes - 1);

    public static long RoundDown(long value) => value & ~(long)(Bytes - 1);
}
