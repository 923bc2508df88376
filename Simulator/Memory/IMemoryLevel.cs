namespace FlashMem.Simulator.Memory;

/// <summary>A level of the hierarchy that all cores share. Addresses and sizes in bytes, times in picoseconds.</summary>
internal interface IMemoryLevel
{
    /// <summary>Reads bytes of one line and returns when they leave this level upwards.</summary>
    long Read(ulong address, int bytes, long earliest);

    /// <summary>Takes bytes of one line; returns when they are accepted, not when they have reached the last level.</summary>
    long Write(ulong address, int bytes, long earliest);

    /// <summary>Writes everything back that only this level and those above it hold; returns when it is accepted below.</summary>
    long Flush(long earliest);
}
