using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Graph.Zoo;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Sweeps;

/// <summary>The values of a sweep's lists, each checked to name something that there is.</summary>
internal static class SweepNames
{
    private const string DevicePrefix = "sim:";

    private const string ZooPrefix = "zoo:";

    public static string Device(SweepNode node)
    {
        string name = node.Text();
        if (!SimulatedDevices.IsNamed(name))
        {
            throw node.Error($"a sweep runs on simulated devices ({SimulatedDevices.Pattern}); '{name}' is none; "
                + $"the nearest are {NearestDevices(name)}");
        }

        try
        {
            SimulatedDevices.Spec(name, []);
            return name;
        }
        catch (DeviceException)
        {
            throw node.Error($"there is no simulated device '{name}'; the nearest are {NearestDevices(name)}");
        }
        catch (UsageException error)
        {
            throw node.Error(error.Message);
        }
    }

    public static string Model(SweepNode node)
    {
        string name = node.Text();
        bool isZoo = name.StartsWith(ZooPrefix, StringComparison.Ordinal);
        return (isZoo ? ZooModels.Names.Contains(name[ZooPrefix.Length..]) : File.Exists(name))
            ? name
            : throw node.Error($"there is no {(isZoo ? "zoo model" : "model file")} '{name}'; the nearest models of the zoo are "
                + NearestNames.Of(name, ZooModels.Names.Select(known => ZooPrefix + known)));
    }

    /// <summary>A size, or a number of bytes; null for no budget.</summary>
    public static long? Budget(SweepNode node)
    {
        switch (node.Value.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.Number when node.Value.TryGetInt64(out long bytes) && bytes > 0:
                return bytes;
            case JsonValueKind.String:
                try
                {
                    return ByteSize.Parse(node.Text());
                }
                catch (UsageException error)
                {
                    throw node.Error(error.Message);
                }

            default:
                throw node.Wrong("a size such as \"64MiB\", a whole number of bytes above 0, or null for no budget");
        }
    }

    public static PolicyChoice Policy(SweepNode node)
    {
        string name = node.Text();
        return PolicyChoice.Find(name)
            ?? throw node.Error($"there is no policy '{name}'; the nearest are {NearestNames.Of(name, PolicyChoice.Names)}");
    }

    private static string NearestDevices(string name) =>
        NearestNames.Of(name, SimulatorPresets.Names.Select(known => DevicePrefix + known));
}
