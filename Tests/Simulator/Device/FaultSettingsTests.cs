using FlashMem.Abstractions.Errors;
using FlashMem.Simulator.Device;
using Xunit;

namespace FlashMem.Tests.Simulator.Device;

/// <summary>Faults as people write them.</summary>
public sealed class FaultSettingsTests
{
    [Fact]
    public void Every_kind_is_read()
    {
        FaultSettings settings = FaultSettings.Parse(
            ["storageSlowdown=4", "failingRead=10", "stalledRead=0", "memory=300MiB", "jitter=0.1", "seed=7"]);

        Assert.Equal(
            new SimulatorFaults { StorageSlowdown = 4, FailingRead = 10, StalledRead = 0, MemoryBytes = 300L << 20, Jitter = 0.1 },
            settings.Faults);
        Assert.Equal(7UL, settings.Seed);
        Assert.Equal(new FaultSettings(new SimulatorFaults(), 1), FaultSettings.Parse([]));
        Assert.All(
            FaultSettings.Kinds.SkipLast(1), kind => Assert.NotEqual(new SimulatorFaults(), FaultSettings.Parse([$"{kind}=2"]).Faults));
    }

    [Theory]
    [InlineData("storageSlowdown", "KIND=VALUE")]
    [InlineData("=3", "KIND=VALUE")]
    [InlineData("storageSlowdwn=3", "storageSlowdown")]
    [InlineData("storageSlowdown=0.5", "less than 1")]
    [InlineData("failingRead=-1", "failingRead")]
    [InlineData("failingRead=1.5", "whole number")]
    [InlineData("memory=lots", "memory")]
    [InlineData("jitter=ten", "jitter")]
    [InlineData("seed=3", "jitter")]
    public void What_makes_no_sense_is_refused_by_name(string setting, string named)
    {
        var error = Assert.Throws<UsageException>(() => FaultSettings.Parse([setting]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_is_given_once() =>
        Assert.Contains("twice", Assert.Throws<UsageException>(() => FaultSettings.Parse(["jitter=0.1", "jitter=0.2"])).Message);
}
