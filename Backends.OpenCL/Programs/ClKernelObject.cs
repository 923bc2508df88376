using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// A function's cl_kernel. It remembers what its arguments were last set to and sets only what changed: neighbouring launches share most
/// of them. Not thread-safe: the compute queue's submission thread uses it alone.
/// </summary>
internal sealed unsafe class ClKernelObject
{
    private readonly ClContext context;
    private byte[] last = [];
    private int lastGeneration;

    public ClKernelObject(ClContext context, nint handle, string entry)
    {
        this.context = context;
        Handle = handle;
        Entry = entry;
        uint count;
        ClStatus.Check(
            context.Api.GetKernelInfo(handle, KernelInfo.NumArgs, sizeof(uint), &count, null), "clGetKernelInfo", entry);
        ParameterCount = (int)count;
    }

    public nint Handle { get; }

    public string Entry { get; }

    public int ParameterCount { get; }

    /// <summary>Sets the parameters to the values in <paramref name="values"/> where the slots say.</summary>
    public void SetArguments(ReadOnlySpan<ClParameterSlot> slots, byte[] values)
    {
        int generation = context.MemoryGeneration;
        bool known = generation == lastGeneration && last.Length == values.Length;
        if (last.Length != values.Length)
        {
            last = new byte[values.Length];
        }

        // Invalid until all are set.
        lastGeneration = -1;
        fixed (byte* start = values)
        {
            for (int i = 0; i < slots.Length; i++)
            {
                ClParameterSlot slot = slots[i];
                ReadOnlySpan<byte> value = values.AsSpan(slot.Offset, slot.Bytes);
                if (known && value.SequenceEqual(last.AsSpan(slot.Offset, slot.Bytes)))
                {
                    continue;
                }

                int status = slot.IsLocal
                    ? context.Api.SetKernelArg(Handle, (uint)i, (nuint)(*(uint*)(start + slot.Offset)), null)
                    : context.Api.SetKernelArg(Handle, (uint)i, (nuint)slot.Bytes, start + slot.Offset);
                if (status != 0)
                {
                    throw ClStatus.Error(status, "clSetKernelArg", $"parameter {i} of {Entry}");
                }
            }
        }

        values.CopyTo(last, 0);
        lastGeneration = generation;
    }
}
