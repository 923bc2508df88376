using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Profiling;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem profile</c>: measures a device and writes what plans can use.</summary>
internal static class ProfileCommand
{
    public static Command Create()
    {
        Option<string> device = CommonOptions.Device();
        Option<bool> asGpu = CommonOptions.AsGpu();
        var output = new Option<string?>("--output", "-o") { Description = "Profile file to write; other verbs take it with --spec." };
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "Measurements of each figure, whose median counts.", DefaultValueFactory = _ => new ProfileOptions().Repetitions,
        };
        Option<string?> json = CommonOptions.Json();
        Option<bool> quiet = CommonOptions.Quiet();
        var command = new Command(
            "profile",
            CommonOptions.WithExample(
                "Measures a device: bandwidths, launch cost, kernel times, load capacities.", "flashmem profile --device host -o host.profile.json"))
        {
            device, asGpu, output, repetitions, json, quiet,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string name = result.GetRequiredValue(device);
            if (SimulatedDevices.IsNamed(name))
            {
                throw new UsageException($"profile measures real devices; 'flashmem inspect {name}' prints the figures of a simulated one");
            }

            int count = result.GetValue(repetitions);
            var options = count >= 1
                ? new ProfileOptions { Repetitions = count }
                : throw new UsageException($"--repetitions is {count}; it must be at least 1");
            await using IDevice opened = DeviceRegistry.Open(name, asGpu: result.GetValue(asGpu));
            DeviceProfile profile = Measure(opened, options, result.GetValue(quiet), cancellationToken);
            if (result.GetValue(output) is { } file)
            {
                JsonOutput.Write(file, stream => DeviceProfileJson.Write(stream, profile));
            }

            if (result.GetValue(json) is { } target)
            {
                JsonOutput.Write(target, stream => DeviceProfileJson.Write(stream, profile));
            }

            if (result.GetValue(json) is not "")
            {
                ProfileView.Write(profile, Console.Out);
            }

            return 0;
        });
        return command;
    }

    private static DeviceProfile Measure(IDevice device, ProfileOptions options, bool quiet, CancellationToken cancellationToken)
    {
        IProgress<string>? progress = quiet || Console.IsErrorRedirected ? null : new StageLine();
        return DeviceProfiler.Measure(device, CacheDirectory.Default, options, progress, cancellationToken);
    }

    private sealed class StageLine : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"measuring {value}");
    }
}
