using System.Buffers.Binary;
using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.External;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Import.Wire;
using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Import;

/// <summary>
/// Turns a tensor of the file into a constant (small, or given in typed fields) or a weight (a range of a file). Reads the bytes of
/// constants only.
/// </summary>
internal sealed class TensorImporter(string model, string modelPath, WireReader reader, long modelBytes, ExternalDataFiles dataFiles)
{
    /// <summary>The tensor as a constant or as a weight: exactly one of the two is not null.</summary>
    public (ConstantTensor? Constant, WeightRef? Weight) Import(OnnxTensor tensor)
    {
        ElementType type = TypeOf(tensor);
        Shape shape = ShapeOf(tensor, type, out long bytes);
        if (tensor.HasSegment)
        {
            throw Error(tensor, "is stored in segments, which is not supported");
        }

        if (tensor.IsExternal)
        {
            return (null, ImportExternal(tensor, type, shape, bytes));
        }

        if (tensor.External.Count > 0)
        {
            throw Error(tensor, "has external data entries but is not marked external");
        }

        if (tensor.Raw is { } raw)
        {
            return ImportRange(tensor, type, shape, bytes, raw);
        }

        List<FileRange> ranges = type == ElementType.Float64 ? tensor.Doubles : tensor.Floats;
        if (type is ElementType.Float32 or ElementType.Float64 && ranges.Count == 1)
        {
            // A packed run of fixed-size values is the same bytes as raw data.
            return ImportRange(tensor, type, shape, bytes, ranges[0]);
        }

        return (new ConstantTensor(type, shape, DecodeTyped(tensor, type, bytes)), null);
    }

    /// <summary>The tensor as a constant, or an error when it is stored elsewhere or too large to be one.</summary>
    public ConstantTensor ImportConstant(OnnxTensor tensor, string owner)
    {
        (ConstantTensor? constant, WeightRef? weight) = Import(tensor);
        return constant ?? throw new ModelException(
            $"{model}: {owner} holds a tensor of {weight!.Length} bytes, which is external or too large for an attribute");
    }

    private (ConstantTensor? Constant, WeightRef? Weight) ImportRange(
        OnnxTensor tensor, ElementType type, Shape shape, long bytes, FileRange range)
    {
        if (range.Length != bytes)
        {
            throw Error(tensor, $"of type {type} and shape {shape} needs {bytes} bytes and has {range.Length}");
        }

        int limit = type.IsFloat() ? ImportLimits.FloatConstantBytes : ImportLimits.IntegerConstantBytes;
        return bytes <= limit
            ? (new ConstantTensor(type, shape, [.. reader.ReadRange(range)]), null)
            : (null, new WeightRef(tensor.Name, type, shape, modelPath, range.Offset, bytes));
    }

    private WeightRef ImportExternal(OnnxTensor tensor, ElementType type, Shape shape, long bytes)
    {
        if (tensor.Raw is not null || tensor.Floats.Count + tensor.Doubles.Count > 0
            || tensor.Int32Values.Count + tensor.Int64Values.Count + tensor.UInt64Values.Count > 0)
        {
            throw Error(tensor, "is marked external but has inline values");
        }

        ExternalLocation location = ExternalLocation.Parse(model, tensor);
        if (location.Length is { } given && given != bytes)
        {
            throw Error(tensor, $"of type {type} and shape {shape} needs {bytes} bytes and its external length is {given}");
        }

        if (location.Offset > long.MaxValue - bytes)
        {
            throw Error(tensor, $"has external offset {location.Offset} and length {bytes}, which overflow");
        }

        (string path, long? fileBytes) = dataFiles.Resolve(tensor.Name, location.Location);
        if (fileBytes is { } available && location.Offset + bytes > available)
        {
            throw Error(
                tensor,
                $"needs bytes {location.Offset} to {location.Offset + bytes} of '{location.Location}', which has {available} bytes");
        }

        return new WeightRef(tensor.Name, type, shape, path, location.Offset, bytes);
    }

    private ImmutableArray<byte> DecodeTyped(OnnxTensor tensor, ElementType type, long bytes)
    {
        int size = type.SizeInBytes();
        long count = bytes / size;
        switch (type)
        {
            case ElementType.Float32 or ElementType.Float64:
                return DecodeFixed(tensor, bytes, type == ElementType.Float32 ? tensor.Floats : tensor.Doubles);
            case ElementType.Int64:
                return DecodeIntegers(tensor, count, size, tensor.Int64Values);
            case ElementType.UInt32 or ElementType.UInt64:
                return DecodeIntegers(tensor, count, size, tensor.UInt64Values);
            default:
                return DecodeIntegers(tensor, count, size, tensor.Int32Values);
        }
    }

    private ImmutableArray<byte> DecodeFixed(OnnxTensor tensor, long bytes, List<FileRange> ranges)
    {
        long given = 0;
        foreach (FileRange range in ranges)
        {
            given += range.Length;
        }

        // Values given in several runs cannot be a weight; the limit is that of typed fields.
        if (given != bytes || given > modelBytes || bytes > ImportLimits.TypedValues * (long)sizeof(double))
        {
            throw Error(tensor, $"needs {bytes} bytes and has {given} in {ranges.Count} runs");
        }

        var result = ImmutableArray.CreateBuilder<byte>((int)bytes);
        foreach (FileRange range in ranges)
        {
            result.AddRange(reader.ReadRange(range));
        }

        return result.MoveToImmutable();
    }

    private ImmutableArray<byte> DecodeIntegers(OnnxTensor tensor, long count, int size, List<long> values)
    {
        if (values.Count != count)
        {
            throw Error(tensor, $"needs {count} values and has {values.Count}");
        }

        var result = new byte[count * size];
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        for (int i = 0; i < values.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, values[i]);
            bytes[..size].CopyTo(result.AsSpan(i * size));
        }

        return [.. result];
    }

    private ElementType TypeOf(OnnxTensor tensor)
    {
        if (tensor.HasStrings || !OnnxTypes.TryConvert(tensor.DataType, out ElementType? type))
        {
            throw Error(tensor, $"has element type {OnnxTypes.Describe(tensor.DataType)}, which is not supported");
        }

        return type.Value;
    }

    private Shape ShapeOf(OnnxTensor tensor, ElementType type, out long bytes)
    {
        foreach (long dim in tensor.Dims)
        {
            if (dim < 0)
            {
                throw Error(tensor, $"has a negative dimension {dim}");
            }
        }

        var shape = new Shape([.. tensor.Dims]);
        try
        {
            bytes = checked(shape.ElementCount * type.SizeInBytes());
        }
        catch (OverflowException)
        {
            throw Error(tensor, $"has shape {shape}, whose size overflows");
        }

        return shape;
    }

    private ModelException Error(OnnxTensor tensor, string what) => new($"{model}: tensor '{tensor.Name}' {what}");
}
