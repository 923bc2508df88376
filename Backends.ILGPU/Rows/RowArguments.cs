namespace FlashMem.Backends.ILGPU.Rows;

/// <summary>What kernels take whose groups work on one row after the other.</summary>
internal struct RowArguments
{
    /// <summary>Where the kernel's table begins.</summary>
    public int Header;

    /// <summary>Rows to compute.</summary>
    public int Rows;

    /// <summary>Elements of a row.</summary>
    public int Inner;
}
