using FlashMem.Abstractions.Errors;

namespace FlashMem.Backends.Host.Gather;

/// <summary>Checks indices that a model computed.</summary>
internal static class GatherIndex
{
    /// <summary>The index counted from the start; out of range is an error that names the kernel.</summary>
    public static long Normalize(string kernel, int index, long extent) => index >= -extent && index < extent
        ? index < 0 ? index + extent : index
        : throw new RunFailedException($"kernel '{kernel}': index {index} is outside an axis of {extent}");
}
