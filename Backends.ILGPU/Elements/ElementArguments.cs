namespace FlashMem.Backends.ILGPU.Elements;

/// <summary>What kernels take whose threads compute one element after the other.</summary>
internal struct ElementArguments
{
    /// <summary>Where the kernel's table begins.</summary>
    public int Header;

    /// <summary>Elements to compute.</summary>
    public int Count;
}
