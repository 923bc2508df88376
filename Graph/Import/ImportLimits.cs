namespace FlashMem.Graph.Import;

/// <summary>Bounds that keep a hostile or broken model from costing more memory or time than its size warrants.</summary>
internal static class ImportLimits
{
    /// <summary>Integer and boolean tensors up to this size become constants.</summary>
    public const int IntegerConstantBytes = 1024 * 1024;

    /// <summary>Floating-point tensors up to this size become constants.</summary>
    public const int FloatConstantBytes = 16 * 1024;

    /// <summary>Typed value fields (int64_data and its like) are decoded in memory up to this many values.</summary>
    public const int TypedValues = 2 * 1024 * 1024;

    /// <summary>A stored tensor up to this size is read when an operator needs its values to know a shape.</summary>
    public const int ShapeValueBytes = 64 * 1024;

    /// <summary>Longest name, operator, domain or text attribute.</summary>
    public const int TextBytes = 64 * 1024;

    /// <summary>Most values in an attribute's list.</summary>
    public const int AttributeValues = 1024 * 1024;

    /// <summary>Most nodes, and most initializers, of a graph.</summary>
    public const int GraphItems = 262_144;

    /// <summary>Most inputs, outputs and attributes of a node, and most entries of an external tensor.</summary>
    public const int NodeItems = 65_536;

    /// <summary>Highest rank of a tensor.</summary>
    public const int Rank = 32;

    /// <summary>Model files up to this size are hashed whole; larger ones without their inline weights.</summary>
    public const long WholeHashBytes = 64L * 1024 * 1024;
}
