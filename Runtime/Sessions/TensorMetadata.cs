using FlashMem.Abstractions.Tensors;

namespace FlashMem.Runtime.Sessions;

/// <summary>What an input takes or an output gives: the model's element type and its static shape.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Type">Element type in the model.</param>
/// <param name="Shape">Static shape.</param>
/// <param name="IndexExtent">Rows of the table that an input picks from: its values must be below it; null for other tensors.</param>
public sealed record TensorMetadata(string Name, ElementType Type, Shape Shape, long? IndexExtent = null);
