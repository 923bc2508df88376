using System.Runtime.InteropServices;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Memory;
using FlashMem.Backends.OpenCL.Moves;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>A launch made ready to enqueue again and again: the kernel object, its parameters' values and its extents.</summary>
internal sealed class ClBoundLaunch
{
    private readonly ClParameterSlot[] slots;
    private readonly byte[] values;

    private ClBoundLaunch(ClKernelObject kernel, ClLaunch launch, ClParameterSlot[] slots, byte[] values)
    {
        Kernel = kernel;
        this.slots = slots;
        this.values = values;
        (long x, long y, long z) = launch.Global;
        Dimensions = z != 1 ? 3u : y != 1 ? 2u : 1u;
        Global = [(nuint)x, (nuint)y, (nuint)z];
        Local = launch.Local is { } local ? [(nuint)local.X, (nuint)local.Y, (nuint)local.Z] : null;
        IsFallible = launch.Arguments.Any(argument => argument.Kind == ClArgumentKind.Fault);
    }

    public ClKernelObject Kernel { get; }

    public uint Dimensions { get; }

    public nuint[] Global { get; }

    public nuint[]? Local { get; }

    /// <summary>It may write to the fault record.</summary>
    public bool IsFallible { get; }

    /// <summary>Nothing to do; drivers refuse such launches.</summary>
    public bool IsEmpty => Global[0] == 0 || Global[1] == 0 || Global[2] == 0;

    /// <param name="launch">What to bind.</param>
    /// <param name="kernel">Its function's kernel object.</param>
    /// <param name="weight">Element type of the kernel's streamed weight; null when it has none.</param>
    /// <param name="fault">The device's fault record.</param>
    public static ClBoundLaunch Bind(ClLaunch launch, ClKernelObject kernel, ElementType? weight, nint fault)
    {
        var block = new ValueBlock();
        foreach (ClArgument argument in launch.Arguments)
        {
            Add(block, argument, weight, fault);
        }

        return block.Slots.Count == kernel.ParameterCount
            ? new ClBoundLaunch(kernel, launch, [.. block.Slots], [.. block.Values])
            : throw new DeviceException(
                $"opencl: function {kernel.Entry} has {kernel.ParameterCount} parameters, its launch binds {block.Slots.Count}");
    }

    public void SetArguments() => Kernel.SetArguments(slots, values);

    private static void Add(ValueBlock block, ClArgument argument, ElementType? weight, nint fault)
    {
        switch (argument.Kind)
        {
            case ClArgumentKind.Buffer:
                block.Add(((ClMemory)argument.Memory.Memory).Buffer);
                block.Add(Units(argument.Memory, sizeof(float), "elements"));
                break;
            case ClArgumentKind.Texels:
                AddTexels(block, argument.Memory, weight);
                break;
            case ClArgumentKind.Int:
                block.Add(argument.Integer);
                break;
            case ClArgumentKind.Int16:
                block.Add(argument.Integers!);
                break;
            case ClArgumentKind.Float:
                block.Add(BitConverter.SingleToInt32Bits(argument.Real));
                break;
            case ClArgumentKind.Local:
                block.AddLocal(argument.Integer);
                break;
            case ClArgumentKind.Fault:
                block.Add(fault);
                break;
            case ClArgumentKind.Moves:
                AddMoves(block, argument.Share!);
                break;
            default:
                throw new DeviceException($"opencl: an argument of kind {argument.Kind} cannot be bound");
        }
    }

    private static void AddTexels(ValueBlock block, MemoryRange range, ElementType? weight)
    {
        ElementType element = weight ?? throw new DeviceException("opencl: a kernel without a streamed weight binds texels");
        if (range.Memory is not ClTextureMemory texture)
        {
            block.Add(((ClMemory)range.Memory).Buffer);
            block.Add(Units(range, 4 * element.SizeInBytes(), "texels"));
            return;
        }

        if (texture.Element != element)
        {
            throw new DeviceException($"opencl: a kernel reads {element} weights from textures of {texture.Element}");
        }

        (nint image, uint texel) = texture.Locate(range.Offset);
        block.Add(image);
        block.Add(texel);
    }

    private static void AddMoves(ValueBlock block, ClMoveShare share)
    {
        (nint source, nint target, uint[] ends, uint[] from, uint[] to) = share.Locate();
        if (share.Target is ClTextureMemory && block.Holds(target))
        {
            throw new DeviceException("opencl: a kernel cannot carry moves to the image from which it reads its weights");
        }

        block.Add(source);
        block.Add(target);
        block.Add(ends);
        block.Add(from);
        block.Add(to);
        block.Add(checked((int)share.Items));
        block.Add(share.Rounds);
    }

    private static uint Units(MemoryRange range, int unit, string what)
    {
        if (range.Offset % unit != 0 || range.Offset / unit > uint.MaxValue)
        {
            throw new DeviceException(
                $"opencl: byte {range.Offset} of {range.Memory.Tier} memory is no offset that kernels can count in {what} of {unit} bytes");
        }

        return (uint)(range.Offset / unit);
    }

    private sealed class ValueBlock
    {
        public List<ClParameterSlot> Slots { get; } = [];

        public List<byte> Values { get; } = [];

        public void Add(nint handle) => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<nint>(ref handle)), sizeof(long), false);

        public void Add(int value) => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref value)), sizeof(int), false);

        public void Add(uint value) => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(ref value)), sizeof(uint), false);

        public void Add(uint[] vector) => Append(MemoryMarshal.AsBytes(vector.AsSpan()), vector.Length * sizeof(uint), false);

        /// <summary>Some parameter so far is this handle.</summary>
        public bool Holds(nint handle) => Slots.Any(slot =>
            slot.Bytes == sizeof(long) && BitConverter.ToInt64([.. Values.Skip(slot.Offset).Take(sizeof(long))]) == handle);

        public void Add(int[] vector) => Append(MemoryMarshal.AsBytes(vector.AsSpan()), vector.Length * sizeof(int), false);

        public void AddLocal(int bytes) => Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(ref bytes)), sizeof(int), true);

        private void Append(ReadOnlySpan<byte> value, int alignment, bool isLocal)
        {
            while (Values.Count % alignment != 0)
            {
                Values.Add(0);
            }

            Slots.Add(new ClParameterSlot(Values.Count, value.Length, isLocal));
            Values.AddRange(value);
        }
    }
}
