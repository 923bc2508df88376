using FlashMem.Graph.Import.Wire;

namespace FlashMem.Graph.Import.Onnx;

/// <summary>
/// A TensorProto as it stands in the file: metadata and where its values lie, without the values of raw and fixed-size fields.
/// </summary>
internal sealed class OnnxTensor
{
    public string Name { get; set; } = "";

    public List<long> Dims { get; } = [];

    /// <summary>ONNX data type number; 0 when the field is missing.</summary>
    public long DataType { get; set; }

    /// <summary>Where raw_data lies; null without that field.</summary>
    public FileRange? Raw { get; set; }

    /// <summary>Where float_data values lie: one range per packed run or single value.</summary>
    public List<FileRange> Floats { get; } = [];

    /// <summary>Where double_data values lie.</summary>
    public List<FileRange> Doubles { get; } = [];

    /// <summary>Values of int32_data.</summary>
    public List<long> Int32Values { get; } = [];

    /// <summary>Values of int64_data.</summary>
    public List<long> Int64Values { get; } = [];

    /// <summary>Values of uint64_data, as bits.</summary>
    public List<long> UInt64Values { get; } = [];

    public bool HasStrings { get; set; }

    public bool HasSegment { get; set; }

    /// <summary>data_location says that the values are in another file.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Keys and values of external_data in file order.</summary>
    public List<KeyValuePair<string, string>> External { get; } = [];
}
