namespace FlashMem.Graph.Stages;

/// <summary>A value that one stage hands to a later one, straight, whatever lies between them.</summary>
/// <param name="Port">Name of the output there and of the input here; no name of the model's own inputs and outputs.</param>
/// <param name="From">Stage that wrote it last before <paramref name="To"/>.</param>
/// <param name="To">Stage that reads it, or writes another part of it.</param>
/// <param name="Buffer">The value's buffer in the whole graph.</param>
/// <param name="Bytes">Bytes of the whole buffer.</param>
public sealed record Crossing(string Port, int From, int To, int Buffer, long Bytes);
