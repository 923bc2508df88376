using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Specs;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Changing figures by their path.</summary>
public sealed class SpecOverridesTests
{
    private static readonly SimulatorSpec Spec = TestDevices.Spec;

    [Theory]
    [InlineData("memory.textureL1.size=4KiB", 4096)]
    [InlineData("memory.textureL1.size=2048", 2048)]
    [InlineData("memory.l2.size=1.5 MiB", 1572864)]
    [InlineData("memory.l2.size=1MB", 1e6)]
    [InlineData("storage.bandwidth=2.5GB/s", 2.5e9)]
    [InlineData("storage.bandwidth=512MiB/s", 536870912)]
    [InlineData("storage.latency=90us", 90e-6)]
    [InlineData("memory.dram.rowHitLatency=45ns", 45e-9)]
    [InlineData("compute.synchronizationLatency=0.4ms", 0.4e-3)]
    [InlineData("compute.synchronizationLatency=0", 0)]
    [InlineData("compute.clock=903MHz", 903e6)]
    [InlineData("compute.clock=1.1GHz", 1.1e9)]
    [InlineData("compute.cores=12", 12)]
    public void A_figure_takes_the_value_in_its_unit_and_says_what_it_was(string setting, double expected)
    {
        string key = setting[..setting.IndexOf('=', StringComparison.Ordinal)];
        Figure Find(SimulatorSpec spec) => SpecFigures.Of(spec).Single(entry => entry.Key == key).Figure!;

        SimulatorSpec changed = SpecOverrides.Apply(Spec, [setting]);

        Figure figure = Find(changed);
        Assert.Equal(expected, figure.Value, expected * 1e-12);
        Assert.Equal(Find(Spec).Unit, figure.Unit);
        Assert.Equal(FigureKind.Estimate, figure.Kind);
        Assert.Contains(Find(Spec).Source, figure.Source, StringComparison.Ordinal);
        Assert.All(
            SpecFigures.Of(changed).Zip(SpecFigures.Of(Spec)).Where(pair => pair.First.Key != key),
            pair => Assert.Equal(pair.Second, pair.First));
    }

    [Fact]
    public void Capabilities_can_be_set_and_later_settings_win()
    {
        SimulatorSpec changed = SpecOverrides.Apply(
            Spec, ["capabilities.zeroCopy=true", "capabilities.carriedMoves=Anywhere", "compute.cores=3", "compute.cores=5"]);

        Assert.True(changed.Capabilities.ZeroCopy);
        Assert.Equal(CarriedMoves.Anywhere, changed.Capabilities.CarriedMoves);
        Assert.Equal(5, changed.Compute.Cores.Value);
        Assert.Same(Spec, SpecOverrides.Apply(Spec, []));
    }

    [Theory]
    [InlineData("memory.textureL1.sise=1", "memory.textureL1.size")]
    [InlineData("textureL1.size=1", "memory.textureL1.size")]
    [InlineData("memory.textureL1=1", "memory.textureL1.")]
    [InlineData("memory.textureL1.size.value=1", "memory.textureL1.size")]
    [InlineData("compute.coreClock=1", "compute.clock")]
    [InlineData("bandwidth=1", "storage.bandwidth")]
    [InlineData("name=other", "the nearest are")]
    public void An_unknown_key_names_the_nearest(string setting, string nearest)
    {
        string message = Assert.Throws<UsageException>(() => SpecOverrides.Apply(Spec, [setting])).Message;

        Assert.Contains(setting[..setting.IndexOf('=', StringComparison.Ordinal)], message, StringComparison.Ordinal);
        Assert.Contains(nearest, message[message.IndexOf("the nearest", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory.textureL1.size")]
    [InlineData("memory.textureL1.size=")]
    [InlineData("=4")]
    [InlineData("memory.textureL1.size=four")]
    [InlineData("memory.textureL1.size=4us")]
    [InlineData("memory.textureL1.size=-4")]
    [InlineData("compute.cores=4KiB")]
    [InlineData("capabilities.zeroCopy=maybe")]
    [InlineData("capabilities.carriedMoves=Sideways")]
    public void What_cannot_be_a_value_is_refused(string setting) =>
        Assert.Throws<UsageException>(() => SpecOverrides.Apply(Spec, [setting]));

    [Fact]
    public void Every_key_of_a_preset_can_be_set_to_what_it_is()
    {
        foreach (string name in SimulatorPresets.Names)
        {
            SimulatorSpec spec = SimulatorPresets.Load(name);
            string[] settings =
            [
                .. SpecFigures.Of(spec).Select(entry => FormattableString.Invariant($"{entry.Key}={entry.Figure?.Value.ToString("R", null) ?? entry.Text}")),
            ];
            SimulatorSpec same = SpecOverrides.Apply(spec, settings);
            Assert.Equal(
                SpecFigures.Of(spec).Select(entry => (entry.Key, entry.Figure?.Value, entry.Text)),
                SpecFigures.Of(same).Select(entry => (entry.Key, entry.Figure?.Value, entry.Text)));
        }
    }
}
