using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Ir;

/// <summary>Element type and static shape of a named value.</summary>
public sealed record ValueInfo(string Name, ElementType Type, Shape Shape);
