namespace FlashMem.Graph.Import.Wire;

/// <summary>How a protobuf field is encoded; the group types (3 and 4) are not used by ONNX and count as malformed.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}
