using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import.External;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Import.Wire;
using Microsoft.Win32.SafeHandles;

namespace FlashMem.Graph.Zoo;

/// <summary>A tensor of a zoo model's data file.</summary>
/// <param name="Offset">First byte in the data file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ElementBytes">Size of one element.</param>
/// <param name="Rule">Its values.</param>
internal sealed record ZooTensor(long Offset, long Bytes, int ElementBytes, FillRule Rule)
{
    /// <summary>The external tensors of a graph file, in the order of the data file.</summary>
    public static IReadOnlyList<ZooTensor> ReadAll(string graphPath)
    {
        using SafeFileHandle file = File.OpenHandle(graphPath);
        string model = Path.GetFileName(graphPath);
        OnnxModel onnx = OnnxModelParser.Read(new WireReader(file, RandomAccess.GetLength(file), model));
        IEnumerable<ZooTensor> tensors = onnx.Initializers.Where(tensor => tensor.IsExternal).Select(tensor => Of(model, tensor));
        return [.. tensors.OrderBy(tensor => tensor.Offset)];
    }

    private static ZooTensor Of(string model, OnnxTensor tensor)
    {
        ExternalLocation location = ExternalLocation.Parse(model, tensor);
        if (location.Location != model + ZooModels.DataSuffix || !OnnxTypes.TryConvert(tensor.DataType, out ElementType? type))
        {
            throw new ModelException($"{model}: tensor '{tensor.Name}' is not part of the zoo's data file");
        }

        var shape = new Shape([.. tensor.Dims]);
        int size = type.Value.SizeInBytes();
        return new ZooTensor(
            location.Offset, checked(shape.ElementCount * size), size, new FillRule(tensor.Name, type.Value, shape));
    }
}
