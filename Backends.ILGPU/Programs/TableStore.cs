using System.Runtime.InteropServices;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.ILGPU.Memory;
using ILGPU;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>
/// The tables of all kernels in one buffer of fixed size. Equal tables are stored once: layers of a model that repeat share theirs. Thread-safe.
/// </summary>
/// <param name="memory">Owned by the device.</param>
internal sealed class TableStore(DeviceMemory memory)
{
    private readonly object gate = new();
    private readonly Dictionary<string, int> stored = [];
    private int used;

    public ArrayView<uint> View { get; } = memory.Words(0);

    /// <summary>Position of a table's first word.</summary>
    /// <param name="words">The table.</param>
    /// <param name="kernel">For errors.</param>
    public int Add(ReadOnlySpan<uint> words, string kernel)
    {
        var key = new string(MemoryMarshal.Cast<uint, char>(words));
        lock (gate)
        {
            if (stored.TryGetValue(key, out int position))
            {
                return position;
            }

            long bytes = (long)words.Length * sizeof(uint);
            if ((long)used * sizeof(uint) > memory.Bytes - bytes)
            {
                throw new DeviceException(
                    $"ilgpu: the table of kernel '{kernel}' takes {bytes} bytes, of the {memory.Bytes} for tables {(long)used * sizeof(uint)} are used");
            }

            memory.Write((long)used * sizeof(uint), MemoryMarshal.AsBytes(words));
            position = used;
            used += words.Length;
            stored.Add(key, position);
            return position;
        }
    }
}
