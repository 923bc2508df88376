using System.Globalization;
using System.IO.Hashing;
using System.Text;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Scheduling.Problem;

/// <summary>Identity of a device's figures: plans made for other figures are told apart by it.</summary>
public static class DeviceSpecHash
{
    /// <summary>XxHash128 (hex) of the name, the values and the zero-copy flag; units and sources do not count.</summary>
    public static string Of(DeviceSpec spec)
    {
        double[] figures =
        [
            spec.StorageBandwidth.Value, spec.StorageLatency.Value, spec.TransferBandwidth.Value, spec.MemoryBandwidth.Value,
            spec.ComputeRate.Value, spec.LaunchLatency.Value,
        ];
        string values = string.Join('|', figures.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        return Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{spec.Name}|{values}|{spec.ZeroCopy}")));
    }
}
