namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>
/// Texels that a kernel moves beside its work. All work-items of a workgroup do the same number of rounds; as many workgroups take part
/// as that needs, spread evenly over the launch.
/// </summary>
/// <param name="Texels">How many.</param>
/// <param name="Rounds">Read and write pairs of one work-item.</param>
/// <param name="Movers">Workgroups that take part.</param>
internal readonly record struct CarriedTexels(long Texels, int Rounds, long Movers)
{
    public static CarriedTexels Share(long bytes, long workgroups, int itemsPerWorkgroup)
    {
        if (bytes <= 0)
        {
            return default;
        }

        long texels = (bytes + HalfElements.TexelBytes - 1) / HalfElements.TexelBytes;
        long items = workgroups * itemsPerWorkgroup;
        int rounds = checked((int)((texels + items - 1) / items));
        long perGroup = (long)rounds * itemsPerWorkgroup;
        return new CarriedTexels(texels, rounds, (texels + perGroup - 1) / perGroup);
    }

    /// <summary>Number of a workgroup among those that take part; -1 for one that does not.</summary>
    public long Mover(long workgroup, long workgroups)
    {
        long before = workgroup * Movers / workgroups;
        return (workgroup + 1) * Movers / workgroups > before ? before : -1;
    }
}
