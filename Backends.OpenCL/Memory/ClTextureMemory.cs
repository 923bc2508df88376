using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Native;

namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>
/// Texture memory as images of 4096-byte rows: one, or several of the largest height where one cannot hold it. Byte b lies in image
/// b / block, row (b % block) / 4096; raw bytes in are raw bytes out, whatever kernels read them as.
/// </summary>
internal sealed unsafe class ClTextureMemory : ClMemory
{
    private const int RowBytes = ClContext.RowBytes;

    private readonly ImmutableArray<nint> images;
    private readonly long blockBytes;
    private readonly int texelBytes;

    /// <param name="context">Where.</param>
    /// <param name="element">What kernels read: texels are four halves or four floats.</param>
    /// <param name="bytes">Rounded up to whole rows.</param>
    /// <param name="blockBytes">Bytes of a full image.</param>
    public ClTextureMemory(ClContext context, ElementType element, long bytes, long blockBytes)
        : base(context, MemoryTier.Texture, bytes)
    {
        Element = element;
        this.blockBytes = blockBytes;
        texelBytes = 4 * element.SizeInBytes();
        var made = ImmutableArray.CreateBuilder<nint>();
        try
        {
            if (bytes > context.Device.MemoryBytes)
            {
                throw new DeviceException(
                    $"opencl: cannot allocate {bytes} bytes of Texture memory: {context.Device.Name} has {context.Device.MemoryBytes}");
            }

            long rows = (Math.Max(bytes, 1) + RowBytes - 1) / RowBytes;
            long blockRows = blockBytes / RowBytes;
            for (long row = 0; row < rows; row += blockRows)
            {
                made.Add(context.CreateImage(element, Math.Min(blockRows, rows - row), "Texture memory"));
            }

            images = made.ToImmutable();
        }
        catch (DeviceException)
        {
            foreach (nint image in made)
            {
                context.ReleaseMemory(image);
            }

            Abandon();
            throw;
        }
    }

    public ElementType Element { get; }

    public override nint Buffer => throw NoBuffer("it is made of images");

    /// <summary>The image that holds a byte, and the byte's texel in it.</summary>
    public (nint Image, uint Texel) Locate(long offset) =>
        (images[(int)(offset / blockBytes)], checked((uint)(offset % blockBytes / texelBytes)));

    /// <summary>
    /// The rectangles that a range of bytes covers, in order. Whole texels only; a range that starts on a row and ends on one is a single
    /// rectangle per image.
    /// </summary>
    public ImmutableArray<ClRectangle> Rectangles(long offset, long bytes)
    {
        if (offset % texelBytes != 0 || bytes % texelBytes != 0)
        {
            throw new DeviceException(
                $"opencl: {bytes} bytes at {offset} of Texture memory are not whole texels of {texelBytes} bytes");
        }

        var rectangles = ImmutableArray.CreateBuilder<ClRectangle>();
        for (long done = 0; done < bytes;)
        {
            long position = (offset + done) % blockBytes;
            long column = position % RowBytes;
            long rest = bytes - done;
            bool whole = column == 0 && rest >= RowBytes;
            long height = whole ? Math.Min(rest, blockBytes - position) / RowBytes : 1;
            long width = whole ? RowBytes : Math.Min(rest, RowBytes - column);
            rectangles.Add(new ClRectangle(
                images[(int)((offset + done) / blockBytes)], column / texelBytes, position / RowBytes, width / texelBytes, height, done));
            done += width * height;
        }

        return rectangles.ToImmutable();
    }

    protected override void ReadBytes(long offset, Span<byte> destination)
    {
        long start = offset / RowBytes * RowBytes;
        byte[] rows = ReadRows(start, offset + destination.Length);
        rows.AsSpan((int)(offset - start), destination.Length).CopyTo(destination);
    }

    protected override void WriteBytes(long offset, ReadOnlySpan<byte> source)
    {
        long start = offset / RowBytes * RowBytes;
        byte[] rows = ReadRows(start, offset + source.Length);
        source.CopyTo(rows.AsSpan((int)(offset - start)));
        fixed (byte* host = rows)
        {
            foreach (ClRectangle part in Rectangles(start, rows.Length))
            {
                WriteBlocking(part, host + part.Offset);
            }
        }
    }

    protected override void Release()
    {
        foreach (nint image in images)
        {
            Context.ReleaseMemory(image);
        }
    }

    private byte[] ReadRows(long start, long end)
    {
        var rows = new byte[(end - start + RowBytes - 1) / RowBytes * RowBytes];
        fixed (byte* host = rows)
        {
            foreach (ClRectangle part in Rectangles(start, rows.Length))
            {
                ReadBlocking(part, host + part.Offset);
            }
        }

        return rows;
    }

    private void ReadBlocking(ClRectangle area, byte* host)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        ClStatus.Check(
            Context.Api.EnqueueReadImage(Context.HostQueue, area.Image, true, origin, region, RowBytes, 0, host, 0, null, null),
            "clEnqueueReadImage");
    }

    private void WriteBlocking(ClRectangle area, byte* host)
    {
        nuint* origin = stackalloc nuint[] { (nuint)area.X, (nuint)area.Y, 0 };
        nuint* region = stackalloc nuint[] { (nuint)area.Width, (nuint)area.Height, 1 };
        ClStatus.Check(
            Context.Api.EnqueueWriteImage(Context.HostQueue, area.Image, true, origin, region, RowBytes, 0, host, 0, null, null),
            "clEnqueueWriteImage");
    }
}
