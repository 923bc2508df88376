namespace FlashMem.Backends.OpenCL.Memory;

/// <summary>A rectangle of texels in one image.</summary>
/// <param name="Image">The image's handle.</param>
/// <param name="X">First texel of a row.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Texels.</param>
/// <param name="Height">Rows.</param>
/// <param name="Offset">Bytes from the start of the range that the rectangle is part of.</param>
internal readonly record struct ClRectangle(nint Image, long X, long Y, long Width, long Height, long Offset);
