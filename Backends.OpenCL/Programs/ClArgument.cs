using FlashMem.Abstractions.Devices;
using FlashMem.Backends.OpenCL.Moves;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>What an argument is, and so how many parameters of the kernel function it fills.</summary>
internal enum ClArgumentKind
{
    /// <summary>Two parameters: <c>__global T* p, uint p_offset</c>; the offset counts 4-byte elements.</summary>
    Buffer,

    /// <summary>
    /// Two parameters: <c>WEIGHTS p, uint p_texel</c>, where WEIGHTS is an image or a buffer as <see cref="ClTraits.WeightImages"/> says;
    /// a texel is four neighbouring weight elements.
    /// </summary>
    Texels,

    /// <summary>One <c>int</c> parameter.</summary>
    Int,

    /// <summary>One <c>int16</c> parameter.</summary>
    Int16,

    /// <summary>One <c>float</c> parameter.</summary>
    Float,

    /// <summary>One <c>__local</c> pointer parameter of so many bytes.</summary>
    Local,

    /// <summary>
    /// One <c>__global int*</c> parameter: eight ints that are zero when the command starts. A kernel that meets something it cannot do (an
    /// index outside its axis) writes anything but zero there; see <see cref="IClFallibleKernel"/>.
    /// </summary>
    Fault,

    /// <summary>Seven parameters: <c>MOVE_PARAMETERS</c> of moves.cl.</summary>
    Moves,
}

/// <summary>One bound argument of a launch.</summary>
internal readonly record struct ClArgument
{
    public ClArgumentKind Kind { get; private init; }

    /// <summary>Of <see cref="ClArgumentKind.Buffer"/> and <see cref="ClArgumentKind.Texels"/>.</summary>
    public MemoryRange Memory { get; private init; }

    /// <summary>Of <see cref="ClArgumentKind.Int"/>; bytes of <see cref="ClArgumentKind.Local"/>.</summary>
    public int Integer { get; private init; }

    public float Real { get; private init; }

    /// <summary>Of <see cref="ClArgumentKind.Int16"/>: exactly 16.</summary>
    public int[]? Integers { get; private init; }

    /// <summary>Of <see cref="ClArgumentKind.Moves"/>.</summary>
    public ClMoveShare? Share { get; private init; }

    public static ClArgument Buffer(MemoryRange memory) => new() { Kind = ClArgumentKind.Buffer, Memory = memory };

    public static ClArgument Texels(MemoryRange memory) => new() { Kind = ClArgumentKind.Texels, Memory = memory };

    public static ClArgument Int(int value) => new() { Kind = ClArgumentKind.Int, Integer = value };

    public static ClArgument Int16(int[] values) => new() { Kind = ClArgumentKind.Int16, Integers = values };

    public static ClArgument Float(float value) => new() { Kind = ClArgumentKind.Float, Real = value };

    public static ClArgument Local(int bytes) => new() { Kind = ClArgumentKind.Local, Integer = bytes };

    public static ClArgument Moves(ClMoveShare share) => new() { Kind = ClArgumentKind.Moves, Share = share };

    public static ClArgument Fault() => new() { Kind = ClArgumentKind.Fault };
}
