namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>Where a parameter's value lies in a launch's block of values.</summary>
/// <param name="Offset">Byte of the block; a multiple of 4.</param>
/// <param name="Bytes">Size of the value.</param>
/// <param name="IsLocal">The value is the size of a <c>__local</c> parameter, not what it holds.</param>
internal readonly record struct ClParameterSlot(int Offset, int Bytes, bool IsLocal = false);
