using System.Runtime.InteropServices;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>Eight bytes that a kernel loads or stores at once.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Words2
{
    public uint X;
    public uint Y;
}
