using System.Collections.Immutable;
using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Sweeps;

/// <summary>Reads a sweep's changes of figures: every key must be a figure of every device, every value one that it can take.</summary>
internal static class SweepFigureReader
{
    public static ImmutableArray<SweepAxis> Read(SweepNode set, IReadOnlyList<string> devices)
    {
        SimulatorSpec[] specs = [.. devices.Select(device => SimulatedDevices.Spec(device, []))];
        return
        [
            .. set.Members().Select(member =>
                new SweepAxis(member.Name, SweepReader.Distinct(member.Node, value => Value(member.Name, value, specs)))),
        ];
    }

    /// <summary>The value as text; a number is in the figure's own unit.</summary>
    private static string Value(string key, SweepNode node, IReadOnlyList<SimulatorSpec> specs)
    {
        string value = node.Value.ValueKind switch
        {
            JsonValueKind.String => node.Text(),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => node.Value.GetRawText(),
            _ => throw node.Wrong("a string such as \"4KiB\", a number, or true or false"),
        };
        try
        {
            foreach (SimulatorSpec spec in specs)
            {
                SpecOverrides.Apply(spec, [$"{key}={value}"]);
            }

            return value;
        }
        catch (UsageException error)
        {
            throw node.Error(error.Message);
        }
    }
}
