using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>
/// Where a tensor's bytes lie: a range of a file, dense row-major, little-endian. Import checks the range against the file's length and
/// never reads it.
/// </summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Type">Element type in the file.</param>
/// <param name="Shape">Logical shape.</param>
/// <param name="File">Full path of the model file itself (inline raw data) or of an external data file inside the model's folder.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes; equals element count times element size.</param>
public sealed record WeightRef(string Name, ElementType Type, Shape Shape, string File, long Offset, long Length);
