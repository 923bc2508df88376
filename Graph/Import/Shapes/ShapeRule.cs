namespace FlashMem.Graph.Import.Shapes;

/// <summary>How the outputs of one operator follow from its inputs.</summary>
/// <param name="MinInputs">The first inputs, which must be present.</param>
/// <param name="MaxInputs">Most inputs.</param>
/// <param name="MaxOutputs">Most outputs; the rule sets those that the node names.</param>
/// <param name="Infer">Sets the outputs, or throws the context's error.</param>
internal sealed record ShapeRule(int MinInputs, int MaxInputs, int MaxOutputs, Action<ShapeContext> Infer);
