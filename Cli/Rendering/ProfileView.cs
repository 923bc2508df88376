using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Runtime.Profiling;

namespace FlashMem.Cli.Rendering;

/// <summary>A device profile as a page of figures and its load-capacity curves.</summary>
internal static class ProfileView
{
    public static void Write(DeviceProfile profile, TextWriter output)
    {
        DeviceSpec spec = profile.Spec;
        output.WriteLine($"profile of {profile.Device} ({spec.Name}){(spec.ZeroCopy ? ", zero copy" : "")}");
        Line("storage", Rate(spec.StorageBandwidth), spec.StorageBandwidth);
        Line("small read", $"{spec.StorageLatency.Value * 1e6:0.#} us", spec.StorageLatency);
        Line("page cache", Rate(profile.CachedStorageBandwidth), profile.CachedStorageBandwidth);
        Line("transfer", Rate(spec.TransferBandwidth), spec.TransferBandwidth);
        Line("memory", Rate(spec.MemoryBandwidth), spec.MemoryBandwidth);
        Line("arithmetic", $"{spec.ComputeRate.Value / 1e9:0.#} GFLOP/s", spec.ComputeRate);
        Line("launch", $"{spec.LaunchLatency.Value * 1e6:0.##} us", spec.LaunchLatency);
        foreach (LoadCapacityCurve curve in profile.LoadCapacities)
        {
            double growth = curve.Class.AllowedGrowth();
            output.WriteLine();
            output.WriteLine($"  {curve.Class} ({curve.Kernel}), {DeviceMoves.NameOf(curve.Mode)}: "
                + (growth > 0 ? $"carries {ByteSize.Format(curve.CapacityBytes(growth))} within {growth:P0} of growth" : "may not grow, carries nothing"));
            foreach (LoadPoint point in curve.Points)
            {
                output.WriteLine($"    {ByteSize.Format(point.ExtraBytes),10}  {point.Milliseconds,10:0.000} ms  "
                    + $"x {point.Milliseconds / curve.Points[0].Milliseconds:0.00}");
            }
        }

        if (profile.MoveMode is { } mode)
        {
            output.WriteLine();
            output.WriteLine($"  move mode {DeviceMoves.NameOf(mode)}: {profile.MoveModeReason}");
        }

        if (profile.Twin is { } twin)
        {
            TwinView.Write(twin, output);
        }

        void Line(string label, string value, Figure figure) => output.WriteLine($"  {label,-14} {value,-16} {figure.Source}");
    }

    private static string Rate(Figure figure) => $"{figure.Value / 1e9:0.##} GB/s";
}
