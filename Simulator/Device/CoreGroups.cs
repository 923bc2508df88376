namespace FlashMem.Simulator.Device;

/// <summary>
/// Shader cores in groups, each a lane of its own in traces. Workgroups spread over all cores before a core gets a second one, so a kernel
/// of few workgroups leaves the last groups idle, which the lanes show.
/// </summary>
internal static class CoreGroups
{
    /// <summary>Cores of a group; the last one may have fewer.</summary>
    public const int Cores = 4;

    /// <summary>Groups of which at least one core has work.</summary>
    public static int Busy(int cores) => (cores + Cores - 1) / Cores;
}
