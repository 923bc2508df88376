using System.IO.Hashing;
using System.Text;
using FlashMem.Backends.OpenCL.Device;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>What a compiled program depends on.</summary>
/// <param name="Slot">Of source, options, device and platform names: names the cache entry, so that a new driver's entry replaces the old one.</param>
/// <param name="Content">Of all that and the versions of device, driver and platform: an entry with another one is stale.</param>
internal readonly record struct ProgramKey(UInt128 Slot, UInt128 Content)
{
    public static ProgramKey Of(string source, string options, OpenClDeviceInfo device)
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
