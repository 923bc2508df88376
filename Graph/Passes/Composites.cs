using FlashMem.Graph.Ir;

namespace FlashMem.Graph.Passes;

/// <summary>
/// The composite operators that the passes put in place of written-out patterns, in domain "flashmem". Every composite has one output and
/// keeps the name of the value it replaces. Composites occur only where an input is an activation: subgraphs of weights and constants
/// keep their ONNX operators, so that they can be evaluated at packing.
/// </summary>
internal static class Composites
{
    /// <summary>Operator set domain of every composite.</summary>
    public const string Domain = "flashmem";

    /// <summary>
    /// Inputs: x. Attribute <see cref="Approximate"/> (string): "none" for 0.5 x (1 + erf(x / sqrt 2)), "tanh" for
    /// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Output as x.
    /// </summary>
    public const string Gelu = "Gelu";

    /// <summary>Inputs: x. No attributes. Output as x: x * sigmoid(x).</summary>
    public const string Silu = "Silu";

    /// <summary>
    /// Inputs: x, scale (may be ""), bias (may be "" or missing). Attributes <see cref="Epsilon"/> (float) and <see cref="Axis"/> (long,
    /// never negative): normalises over the axes from it to the last. Scale and bias broadcast to x by the ONNX rules and do not vary
    /// along the axes before <see cref="Axis"/>.
    /// </summary>
    public const string LayerNorm = "LayerNorm";

    /// <summary>As <see cref="LayerNorm"/> without the mean and the bias. Inputs: x, scale (may be "").</summary>
    public const string RmsNorm = "RmsNorm";

    /// <summary>
    /// Inputs: x [N, C, ...], scale (may be ""), bias (may be "" or missing). Attributes <see cref="Groups"/> (long; C for an instance
    /// normalisation) and <see cref="Epsilon"/> (float). Normalises over the channels of a group and everything behind them. Scale and
    /// bias hold C elements in channel order; their shape is [C] or has ones around C (for example [C, 1, 1]), so read them as [C].
    /// </summary>
    public const string GroupNorm = "GroupNorm";

    /// <summary>
    /// Inputs: q [..., Lq, D], k [..., Lk, D] (not transposed), v [..., Lk, Dv] with equal leading axes (none, one or more), and mask (may
    /// be missing): an additive mask that broadcasts to [..., Lq, Lk]; a constant, a value computed from weights, or an activation.
    /// Attribute <see cref="Scale"/> (float). Output [..., Lq, Dv] = softmax(scale q k^T + mask) v.
    /// </summary>
    public const string Attention = "Attention";

    public const string Approximate = "approximate";

    public const string Epsilon = "epsilon";

    public const string Axis = "axis";

    public const string Groups = "groups";

    public const string Scale = "scale";

    /// <summary>True for a composite of the given operator.</summary>
    public static bool Is(Node node, string opType) => node.Domain == Domain && node.OpType == opType;
}
