using System.Buffers;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Execution;

/// <summary>Moves tensors between the caller's memory and a graph's input and output buffers.</summary>
internal static class PortBinding
{
    private const int BlockElements = 16 * 1024;

    /// <summary>Checks that every input is there with the right type and shape, and that nothing else is.</summary>
    public static void Validate(IReadOnlyList<GraphPort> ports, IReadOnlyDictionary<string, Tensor> inputs)
    {
        foreach (GraphPort port in ports)
        {
            if (!inputs.TryGetValue(port.Name, out Tensor? tensor))
            {
                throw new UsageException($"input '{port.Name}' is missing: expected {port.Type} {port.Shape}");
            }

            if (tensor.Type != port.Type || tensor.Shape != port.Shape)
            {
                throw new UsageException(
                    $"input '{port.Name}': expected {port.Type} {port.Shape}, got {tensor.Type} {tensor.Shape}");
            }
        }

        if (inputs.Keys.FirstOrDefault(name => ports.All(port => port.Name != name)) is { } unknown)
        {
            throw new UsageException(
                $"the model has no input '{unknown}'; it has {string.Join(", ", ports.Select(port => $"'{port.Name}'"))}");
        }
    }

    /// <summary>Writes an input's elements into its buffer, converted to the activation's type.</summary>
    public static void Write(GraphPort port, MemoryRange buffer, Tensor tensor)
    {
        if (!port.View.IsDense)
        {
            throw new ModelException($"input '{port.Name}' does not lie dense in its buffer: {port.View}");
        }

        int elementBytes = port.View.Type.SizeInBytes();
        long offset = buffer.Offset + (port.View.Offset * elementBytes);
        if (port.View.Type == port.Type)
        {
            buffer.Memory.Write(offset, tensor.Bytes);
            return;
        }

        int sourceBytes = port.Type.SizeInBytes();
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockElements * elementBytes);
        try
        {
            int elements = tensor.Bytes.Length / sourceBytes;
            for (int start = 0; start < elements; start += BlockElements)
            {
                int count = Math.Min(BlockElements, elements - start);
                Span<byte> converted = block.AsSpan(0, count * elementBytes);
                TensorConversion.ToActivation(
                    port.Type, tensor.Bytes.Slice(start * sourceBytes, count * sourceBytes), converted, $"input '{port.Name}'", start);
                buffer.Memory.Write(offset + ((long)start * elementBytes), converted);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>
    /// A tensor for an output: one that may be written to again, or a new one with its memory touched. The system's first touch of a page takes
    /// longer than filling it, so this is done while kernels run.
    /// </summary>
    public static Tensor Allocate(GraphPort port, IReadOnlyDictionary<string, Tensor> reused)
    {
        if (reused.TryGetValue(port.Name, out Tensor? earlier) && earlier.Type == port.Type && earlier.Shape == port.Shape)
        {
            return earlier;
        }

        Tensor tensor = Tensor.Create(port.Type, port.Shape);
        Span<byte> bytes = tensor.WritableBytes;
        for (int i = 0; i < bytes.Length; i += Environment.SystemPageSize)
        {
            bytes[i] = 0;
        }

        return tensor;
    }

    /// <summary>Reads an output through its view into a dense tensor of the model's type.</summary>
    public static Tensor Read(GraphPort port, MemoryRange buffer, Tensor tensor)
    {
        if (port.Shape.ElementCount == 0)
        {
            return tensor;
        }

        int elementBytes = port.View.Type.SizeInBytes();
        bool sameType = port.View.Type == port.Type;
        if (port.View.IsDense && sameType)
        {
            buffer.Memory.Read(buffer.Offset + (port.View.Offset * elementBytes), tensor.WritableBytes);
            return tensor;
        }

        byte[] whole = ArrayPool<byte>.Shared.Rent(checked((int)buffer.Bytes));
        byte[] dense = sameType ? [] : ArrayPool<byte>.Shared.Rent(checked((int)(port.Shape.ElementCount * elementBytes)));
        try
        {
            Span<byte> source = whole.AsSpan(0, (int)buffer.Bytes);
            buffer.Memory.Read(buffer.Offset, source);
            if (sameType)
            {
                ViewGather.Copy(port.View, source, tensor.WritableBytes);
            }
            else
            {
                Span<byte> gathered = dense.AsSpan(0, (int)port.Shape.ElementCount * elementBytes);
                ViewGather.Copy(port.View, source, gathered);
                TensorConversion.FromActivation(port.Type, gathered, tensor.WritableBytes, $"output '{port.Name}'");
            }

            return tensor;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
            if (dense.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(dense);
            }
        }
    }
}
