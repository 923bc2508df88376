using System.Runtime.InteropServices;

namespace FlashMem.Backends.ILGPU.Memory;

/// <summary>Sixteen bytes that a kernel loads or stores at once.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Words4
{
    public uint X;
    public uint Y;
    public uint Z;
    public uint W;
}
