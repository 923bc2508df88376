using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Policies;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// The points of a sweep in the order of its rows: by device, model, budget, policy, then figure by figure, each in the order of the file,
/// the last figure changing fastest.
/// </summary>
internal static class SweepGrid
{
    private const long MostPoints = 1_000_000;

    /// <exception cref="UsageException">There are more points than anyone would wait for.</exception>
    public static ImmutableArray<SweepPoint> Points(SweepSpec spec)
    {
        long count = spec.Set.Aggregate(
            (Int128)spec.Devices.Length * spec.Models.Length * spec.Budgets.Length * spec.Policies.Length,
            (product, axis) => product * axis.Values.Length) is var product && product <= MostPoints
                ? (long)product
                : throw new UsageException($"the sweep has {product} points; the most is {MostPoints}");
        var points = ImmutableArray.CreateBuilder<SweepPoint>((int)count);
        foreach (string name in spec.Devices)
        {
            ImmutableArray<SweepDevice> devices = Devices(name, spec.Set);
            foreach (string model in spec.Models)
            {
                foreach (long? budget in spec.Budgets)
                {
                    foreach (PolicyChoice policy in spec.Policies)
                    {
                        foreach (SweepDevice device in devices)
                        {
                            points.Add(new SweepPoint(points.Count, device, model, budget, policy));
                        }
                    }
                }
            }
        }

        return points.MoveToImmutable();
    }

    private static ImmutableArray<SweepDevice> Devices(string name, ImmutableArray<SweepAxis> axes)
    {
        IEnumerable<ImmutableArray<string>> choices = [[]];
        foreach (SweepAxis axis in axes)
        {
            choices = choices.SelectMany(choice => axis.Values.Select(choice.Add)).ToArray();
        }

        return [.. choices.Select(values => Device(name, axes, values))];
    }

    private static SweepDevice Device(string name, ImmutableArray<SweepAxis> axes, ImmutableArray<string> values)
    {
        SimulatorSpec spec = SimulatedDevices.Spec(name, [.. axes.Zip(values, (axis, value) => $"{axis.Key}={value}")]);
        return new SweepDevice(name, values, spec, KernelTimesLibrary.Identity(spec));
    }
}
