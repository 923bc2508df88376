namespace FlashMem.Runtime.Packing;

/// <summary>Which values a weight may hold.</summary>
internal enum ValueRule
{
    /// <summary>Finite numbers that stay finite in the weight file's type: matrices and embeddings.</summary>
    Finite,

    /// <summary>Anything but NaN, for masks hold minus infinity on purpose: linear weights.</summary>
    NotNaN,
}
