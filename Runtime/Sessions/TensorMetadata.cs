using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Sessions;

/// <summary>What an input takes or an output gives: the model's element type and its static shape.</summary>
public sealed record TensorMetadata(string Name, ElementType Type, Shape Shape);
