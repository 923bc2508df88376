using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Sessions;
using FlashMem.Simulator.Twin;

namespace FlashMem.Cli.Devices;

/// <summary>The measured kernel times of a profile, for planning.</summary>
internal static class ProfileEstimates
{
    /// <summary>Null without a profile, and for one that has no kernel times: its figures' roofline is then all that is known.</summary>
    /// <exception cref="UsageException">The profile has a kernel time that cannot be.</exception>
    public static MeasuredEstimates? Of(DeviceProfile? profile, bool pageCache) =>
        profile?.Twin is { } figures ? MeasuredEstimates.Of($"profile of {profile.Device}", figures, pageCache) : null;

    /// <summary>How much of the kernel time that planning asked for was measured; null where it was not planned by a profile's.</summary>
    /// <param name="options">Of a session on an open device.</param>
    public static string? Describe(SessionOptions options) =>
        (options.EstimatesOn(options.Device!) as MeasuredEstimates)?.Describe();
}
