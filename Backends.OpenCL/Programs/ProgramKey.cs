using System.IO.Hashing;
using System.Text;
using FlashMem.Backends.OpenCL.Device;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>What a compiled program, or a choice made for one, depends on.</summary>
/// <param name="Slot">Of source, options, device and platform names: names the cache entry, so that a new driver's entry replaces the old one.</param>
/// <param name="Content">Of all that and the versions of device, driver and platform: an entry with another one is stale.</param>
internal readonly record struct ProgramKey(UInt128 Slot, UInt128 Content)
{
    /// <param name="source">Of a program, or what stands for one.</param>
    /// <param name="options">What it is built with.</param>
    /// <param name="device">Where.</param>
    /// <param name="rest">Anything else that makes an entry stale.</param>
    public static ProgramKey Of(string source, string options, OpenClDeviceInfo device, string rest = "")
    {
        var hash = new XxHash128();
        Append(hash, source);
        Append(hash, options);
        Append(hash, device.Name);
        Append(hash, device.PlatformName);
        UInt128 slot = hash.GetCurrentHashAsUInt128();
        Append(hash, device.Version);
        Append(hash, device.DriverVersion);
        Append(hash, device.PlatformVersion);
        if (rest.Length > 0)
        {
            Append(hash, rest);
        }

        return new ProgramKey(slot, hash.GetCurrentHashAsUInt128());
    }

    // With its length, so that neighbours cannot trade characters.
    private static void Append(XxHash128 hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.Append(BitConverter.GetBytes(bytes.Length));
        hash.Append(bytes);
    }
}
