using System.Collections.Immutable;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>
/// A small tensor held in memory: shapes, axes, scalars, index tables and folded arithmetic. Bytes are dense row-major, little-endian,
/// in the model's own element type.
/// </summary>
public sealed record ConstantTensor(ElementType Type, Shape Shape, ImmutableArray<byte> Bytes);
