using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using FlashMem.Abstractions.Devices;

namespace FlashMem.Scheduling.Problem;

/// <summary>Identity of a device's figures: plans made for other figures are told apart by it.</summary>
public static class DeviceSpecHash
{
    /// <summary>
    /// XxHash64 (hex) of the name, the values, the zero-copy flag and, where the device has its own, the kernel times; units and sources
    /// do not count.
    /// </summary>
    public static string Of(DeviceSpec spec, IKernelEstimates? estimates = null)
    {
        var hash = new XxHash64();
        hash.Append(Encoding.UTF8.GetBytes(spec.Name));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.StorageBandwidth.Value));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.StorageLatency.Value));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.TransferBandwidth.Value));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.MemoryBandwidth.Value));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.ComputeRate.Value));
        Append(hash, BitConverter.DoubleToInt64Bits(spec.LaunchLatency.Value));
        Append(hash, spec.ZeroCopy ? 1 : 0);
        if (estimates is not null)
        {
            hash.Append(Encoding.UTF8.GetBytes(estimates.Identity));
        }

        return hash.GetCurrentHashAsUInt64().ToString("x16", CultureInfo.InvariantCulture);
    }

    private static void Append(XxHash64 hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.Append(bytes);
    }
}
