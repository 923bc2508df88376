using System.Globalization;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Specs;

namespace FlashMem.Simulator.Device;

/// <summary>
/// Faults as people write them, each <c>KIND=VALUE</c>: <c>storageSlowdown=4</c>, <c>failingRead=10</c>, <c>stalledRead=10</c>,
/// <c>memory=300MiB</c>, <c>jitter=0.1</c>, <c>seed=7</c>. What they do says <see cref="SimulatorFaults"/>.
/// </summary>
/// <param name="Faults">What goes wrong.</param>
/// <param name="Seed">Of the jitter.</param>
public sealed record FaultSettings(SimulatorFaults Faults, ulong Seed)
{
    /// <summary>Kinds, in the order of the documentation.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["storageSlowdown", "failingRead", "stalledRead", "memory", "jitter", "seed"];

    /// <exception cref="UsageException">
    /// Not KIND=VALUE, an unknown or repeated kind, a value that it cannot have, or a seed without jitter.
    /// </exception>
    public static FaultSettings Parse(IEnumerable<string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var faults = new SimulatorFaults();
        ulong? seed = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string setting in settings)
        {
            int at = setting.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == setting.Length - 1)
            {
                throw new UsageException($"'{setting}' is not KIND=VALUE; write for example storageSlowdown=4");
            }

            string kind = setting[..at].Trim();
            string value = setting[(at + 1)..].Trim();
            if (!seen.Add(kind))
            {
                throw new UsageException($"fault '{kind}' is given twice");
            }

            switch (kind)
            {
                case "storageSlowdown": faults = faults with { StorageSlowdown = Share(kind, value, 1) }; break;
                case "failingRead": faults = faults with { FailingRead = Count(kind, value) }; break;
                case "stalledRead": faults = faults with { StalledRead = Count(kind, value) }; break;
                case "memory": faults = faults with { MemoryBytes = (long)Math.Min(Quantity.Parse(value, "B", kind), 1L << 60) }; break;
                case "jitter": faults = faults with { Jitter = Share(kind, value, 0) }; break;
                case "seed": seed = (ulong)Count(kind, value); break;
                default:
                    throw new UsageException($"there is no fault '{kind}'; the nearest are {NearestNames.Of(kind, Kinds)}");
            }
        }

        if (seed is not null && faults.Jitter == 0)
        {
            throw new UsageException("fault seed is the seed of jitter; give jitter too, for example jitter=0.1");
        }

        return new FaultSettings(faults, seed ?? SimulatedDeviceOptions.DefaultSeed);
    }

    private static double Share(string kind, string value, double least)
    {
        double share = Quantity.Parse(value, "1", kind);
        return share >= least ? share : throw new UsageException($"{kind}: {value} is less than {least}");
    }

    private static long Count(string kind, string value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            ? count
            : throw new UsageException($"{kind}: '{value}' is not a whole number from 0 on");
}
