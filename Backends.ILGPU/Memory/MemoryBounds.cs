namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>Keeps reads and writes inside an allocation.</summary>
internal static class MemoryBounds
{
    public static void Check(long offset, int length, long bytes)
    {
        if (offset < 0 || offset > bytes - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + length} of an allocation of {bytes}");
        }
    }
}
