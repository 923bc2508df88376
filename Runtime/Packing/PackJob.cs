using System.IO.Hashing;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Problem;

namespace FlashMem.Runtime.Packing;

/// <summary>
/// Packs the data section: weight after weight, strip after strip. A strip is as much of a weight as the buffer holds; its tiles are read
/// and converted in parallel, then its chunks are hashed and written in parallel. Used once, by one thread.
/// </summary>
internal sealed class PackJob : IDisposable
{
    /// <summary>Elements of a linear weight per strip, so that its offset tables stay small.</summary>
    private const int LinearStripElements = 1 << 19;

    /// <summary>Bytes of rows hashed and written as one piece of work.</summary>
    private const int RowPieceBytes = 1 << 20;

    /// <summary>Computed bytes after which their dead arrays are collected.</summary>
    private const long CollectAfterBytes = 64L << 20;

    private readonly KernelGraph graph;
    private readonly WeightFileLayout layout;
    private readonly WeightFileChecksums checksums;
    private readonly SourceFiles files;
    private readonly PackTarget target;
    private readonly long dataOffset;
    private readonly long bufferBytes;
    private readonly PackWorkers workers;
    private readonly NativeBuffer strip = new();
    private readonly NativeBuffer parameters = new();
    private Action<long, string> report = (_, _) => { };
    private CancellationToken cancellation;
    private long written;
    private long computedBytes;

    public PackJob(
        KernelGraph graph, WeightFileLayout layout, WeightFileChecksums checksums, SourceFiles files, PackTarget target, long dataOffset,
        PackOptions options)
    {
        this.graph = graph;
        this.layout = layout;
        this.checksums = checksums;
        this.files = files;
        this.target = target;
        this.dataOffset = dataOffset;
        bufferBytes = options.BufferBytes;
        workers = new PackWorkers(options.Threads > 0 ? options.Threads : Environment.ProcessorCount + 1);
    }

    /// <summary>Packs everything; <paramref name="report"/> hears the bytes written and the weight at hand.</summary>
    public void Run(Action<long, string> report, CancellationToken cancellationToken)
    {
        this.report = report;
        cancellation = cancellationToken;
        parameters.Resize(Alignment.Up(layout.ParametersBytes, Alignment.Block));
        parameters.Span.Clear();
        written = dataOffset;
        foreach (KernelWeight weight in graph.Weights)
        {
            cancellation.ThrowIfCancellationRequested();
            Pack(weight);
        }

        checksums.Parameters = XxHash3.HashToUInt64(parameters.Span[..(int)layout.ParametersBytes]);
        Write(parameters.Span, layout.ParametersOffset, "parameters");
    }

    public void Dispose()
    {
        strip.Dispose();
        parameters.Dispose();
        workers.Dispose();
    }

    private void Pack(KernelWeight weight)
    {
        PackSource source = PackSource.Open(weight, files);
        TensorView view = weight.Source!.View;
        ViewOffsets.Check(view, source);
        switch (weight.Storage)
        {
            case PanelWeight panels:
                CheckShape(weight, view.Shape, new Shape(panels.Layout.Groups, panels.Layout.Depth, panels.Layout.Columns));
                PackPanels(weight, panels.Layout, source, view);
                break;
            case RowWeight rows:
                CheckShape(weight, view.Shape, new Shape(rows.Rows, rows.RowElements));
                PackRows(weight, rows, source, view);
                break;
            case LinearWeight linear:
                CheckShape(weight, new Shape(view.ElementCount), new Shape(linear.Elements));
                PackLinear(weight, linear, source, view);
                break;
            default:
                throw new ModelException($"weight '{weight.Name}': {weight.Storage.GetType().Name} cannot be packed");
        }

        CollectComputed(weight, source);
    }

    private void PackPanels(KernelWeight weight, PanelLayout panels, PackSource source, TensorView view)
    {
        var map = new PanelMap(panels, view);
        WeightPlacement placement = layout.Weights[weight.Id];
        int last = placement.FirstChunk + placement.ChunkCount;
        for (int first = placement.FirstChunk; first < last;)
        {
            int end = first + 1;
            long start = layout.Chunks[first].FileOffset;
            while (end < last && layout.Chunks[end].FileOffset + layout.Chunks[end].SlotBytes - start <= bufferBytes)
            {
                end++;
            }

            ReadOnlySpan<ChunkInfo> chunks = layout.Chunks.AsSpan()[first..end];
            strip.Resize(chunks[^1].FileOffset + chunks[^1].SlotBytes - start);
            map.ClearPadding(chunks, strip);
            var packer = new StripPacker(source, panels.Type, ValueRule.Finite, strip.Address);
            packer.Run(map.Shape(chunks), workers, cancellation);
            WriteChunks(first, end, start);
            Advance(start, strip.Bytes, weight.Name);
            first = end;
        }
    }

    private void WriteChunks(int first, int end, long start)
    {
        workers.Run(end - first, Write, cancellation);

        void Write(int index, PackScratch scratch)
        {
            ChunkInfo chunk = layout.Chunks[first + index];
            ReadOnlySpan<byte> slot = strip.Slice(chunk.FileOffset - start, (int)chunk.SlotBytes);
            checksums.SetChunk(chunk.Id, XxHash3.HashToUInt64(slot[..chunk.Bytes]));
            target.Write(slot, dataOffset + chunk.FileOffset);
        }
    }

    private void PackRows(KernelWeight weight, RowWeight rows, PackSource source, TensorView view)
    {
        if (rows.Bytes == 0)
        {
            return;
        }

        long[] columns = ViewOffsets.OfAxis(view, 1, 0, rows.RowElements);
        long start = layout.Weights[weight.Id].FileOffset;
        int rowsPerStrip = (int)Math.Clamp(bufferBytes / rows.RowBytes, 1, rows.Rows);
        for (long first = 0; first < rows.Rows; first += rowsPerStrip)
        {
            int count = (int)Math.Min(rowsPerStrip, rows.Rows - first);
            long[] rowOffsets = ViewOffsets.OfAxis(view, 0, first, count);
            ViewOffsets.Shift(rowOffsets, view.Offset);
            var shape = new StripShape
            {
                RowOffsets = rowOffsets,
                ColumnOffsets = columns,
                RunWidth = rows.RowElements,
                RunTargets = [0],
                RowStep = rows.RowElements,
            };
            strip.Resize(count * rows.RowBytes);
            new StripPacker(source, rows.Type, ValueRule.Finite, strip.Address).Run(shape, workers, cancellation);
            long offset = start + (first * rows.RowBytes);
            WriteRows(weight.Id, rows, first, count, offset);
            Advance(offset, strip.Bytes, weight.Name);
        }
    }

    private void WriteRows(int weight, RowWeight rows, long first, int count, long offset)
    {
        int rowBytes = checked((int)rows.RowBytes);
        int rowsPerPiece = Math.Max(1, RowPieceBytes / rowBytes);
        workers.Run((count + rowsPerPiece - 1) / rowsPerPiece, Write, cancellation);

        void Write(int piece, PackScratch scratch)
        {
            int start = piece * rowsPerPiece;
            int length = Math.Min(rowsPerPiece, count - start);
            ReadOnlySpan<byte> bytes = strip.Slice((long)start * rowBytes, length * rowBytes);
            for (int row = 0; row < length; row++)
            {
                ReadOnlySpan<byte> values = bytes.Slice(row * rowBytes, rowBytes);
                checksums.SetRow(weight, first + start + row, XxHash3.HashToUInt64(values));
            }

            target.Write(bytes, dataOffset + offset + ((long)start * rowBytes));
        }
    }

    private void PackLinear(KernelWeight weight, LinearWeight linear, PackSource source, TensorView view)
    {
        WeightPlacement placement = layout.Weights[weight.Id];
        bool isParameter = placement.ParameterOffset >= 0;
        var hash = new XxHash3();
        for (long first = 0; first < linear.Elements; first += LinearStripElements)
        {
            int count = (int)Math.Min(LinearStripElements, linear.Elements - first);
            int bytes = count * linear.Type.SizeInBytes();
            strip.Resize(isParameter ? 0 : bytes);
            nint address = isParameter ? parameters.Address + (nint)placement.ParameterOffset : strip.Address;
            var shape = new StripShape
            {
                RowOffsets = [view.Offset],
                ColumnOffsets = ViewOffsets.OfElements(view, first, count),
                RunWidth = count,
                RunTargets = [0],
                RowStep = count,
            };
            new StripPacker(source, linear.Type, ValueRule.NotNaN, address).Run(shape, workers, cancellation);
            if (!isParameter)
            {
                hash.Append(strip.Span);
                Write(strip.Span, placement.FileOffset + (first * linear.Type.SizeInBytes()), weight.Name);
            }
        }

        if (!isParameter)
        {
            checksums.SetChunk(placement.FirstChunk, hash.GetCurrentHashAsUInt64());
        }
    }

    private void Write(ReadOnlySpan<byte> bytes, long offset, string name)
    {
        target.Write(bytes, dataOffset + offset);
        Advance(offset, bytes.Length, name);
    }

    private void Advance(long offset, long bytes, string name)
    {
        target.StartWriting(dataOffset + offset, bytes);
        written += bytes;
        report(written, name);
    }

    private void CollectComputed(KernelWeight weight, PackSource source)
    {
        computedBytes += weight.Source is ComputedSource ? source.Elements * source.Type.SizeInBytes() : 0;
        if (computedBytes > CollectAfterBytes)
        {
            computedBytes = 0;
            GC.Collect();
        }
    }

    private static void CheckShape(KernelWeight weight, Shape view, Shape storage)
    {
        if (view != storage)
        {
            throw new ModelException($"weight '{weight.Name}': its source view is {view}, its storage needs {storage}");
        }
    }
}
