namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>The driver's binaries of compiled programs in a directory.</summary>
/// <param name="directory">Where they are; made when first written to.</param>
internal sealed class ProgramCache(string directory) : KeyedFiles(directory, ".clbin", Magic, "a compiled program")
{
    private const ulong Magic = 0x4E49424C434D4C46;
}
