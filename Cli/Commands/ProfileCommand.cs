using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Backends.OpenCL.Tuning;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Sessions;

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
        var tune = new Option<string[]>("--tune")
        {
            Description = "OpenCL devices: time the ways to cut this model's kernels and keep the fastest for later runs. Repeatable.",
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
            HelpName = "MODEL",
        };
        var tuneSeconds = new Option<double?>("--tune-seconds")
        {
            Description = $"Time for tuning, all models together; default: {new TuningOptions().Seconds}. The next call goes on.",
        };
        Option<string> weights = CommonOptions.Weights();
        var models = new Option<string[]>("--model")
        {
            Description = "Time the kernels of this model too, so that a simulated twin of the device (--device sim:FILE) can run it. "
                + "Repeatable.",
            AllowMultipleArgumentsPerToken = false,
            DefaultValueFactory = _ => [],
        };
        var modelTime = new Option<double>("--model-time")
        {
            Description = "Longest that the kernels of a model are measured, in seconds, whole and again sliced.",
            DefaultValueFactory = _ => new ProfileOptions().ModelTime.TotalSeconds,
        };
        Option<string?> json = CommonOptions.Json();
        Option<bool> quiet = CommonOptions.Quiet();
        var command = new Command(
            "profile",
            CommonOptions.WithExample(
                "Measures a device: bandwidths, launch cost, kernel times, load capacities. With --tune it tunes kernels instead, "
                    + "and measures after that when -o is given.",
                "flashmem profile --device host --model zoo:resnet50 -o host.json"))
        {
            device, asGpu, output, repetitions, models, modelTime, tune, tuneSeconds, weights, json, quiet,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string name = result.GetRequiredValue(device);
            if (SimulatedDevices.IsNamed(name))
            {
                throw new UsageException($"profile measures real devices; 'flashmem inspect {name}' prints the figures of a simulated one");
            }

            int count = result.GetValue(repetitions);
            double seconds = result.GetValue(modelTime);
            if (count < 1 || !(seconds > 0 && double.IsFinite(seconds)))
            {
                throw new UsageException($"--repetitions is {count} and must be at least 1; --model-time is {seconds} and must be above 0");
            }

            var options = new ProfileOptions { Repetitions = count, ModelTime = TimeSpan.FromSeconds(seconds) };
            await using IDevice opened = DeviceRegistry.Open(name, asGpu: result.GetValue(asGpu));
            string? target = result.GetValue(json);
            if (result.GetValue(tune) is { Length: > 0 } tuned)
            {
                TuningReport tuning = Tune(
                    opened,
                    tuned,
                    Seconds(result.GetValue(tuneSeconds)),
                    result.GetRequiredValue(weights),
                    result.GetValue(quiet),
                    cancellationToken);
                if (target is not null)
                {
                    JsonOutput.Write(target, writer => TuningJson.Write(writer, opened.Name, tuning));
                }

                if (target is not "")
                {
                    TuningView.Write(tuning, Console.Out);
                }

                if (result.GetValue(output) is null)
                {
                    return 0;
                }

                target = null;
            }

            DeviceProfile profile = Measure(opened, options, result.GetValue(quiet), cancellationToken);
            profile = profile.With(await MeasureModels(
                opened, result.GetValue(models)!, options, result.GetValue(quiet), cancellationToken).ConfigureAwait(false));
            if (result.GetValue(output) is { } file)
            {
                JsonOutput.Write(file, stream => DeviceProfileJson.Write(stream, profile));
            }

            if (target is not null)
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

    private static double? Seconds(double? value) => value is null or >= 0
        ? value
        : throw new UsageException($"--tune-seconds is {value}; it must be at least 0");

    /// <summary>The models' graphs are enough: no weight is read, none needs to exist.</summary>
    private static TuningReport Tune(
        IDevice device, string[] models, double? seconds, string weights, bool quiet, CancellationToken cancellationToken)
    {
        var kernels = new List<KernelDesc>();
        foreach (string model in models)
        {
            using LocatedModel located = ModelLocator.LocateGraph(
                ModelFiles.LocateGraph(model), CommonOptions.TypeOf(weights), device.Capabilities, new SessionOptions().ChunkBytes);
            kernels.AddRange(located.Graph.Kernels.Select(node => node.Desc));
        }

        IProgress<KernelTuning>? progress = quiet || Console.IsErrorRedirected ? null : new TuningLine();
        return OpenClDevices.Tune(device, kernels, seconds, progress, cancellationToken);
    }

    private static DeviceProfile Measure(IDevice device, ProfileOptions options, bool quiet, CancellationToken cancellationToken)
    {
        IProgress<string>? progress = quiet || Console.IsErrorRedirected ? null : new StageLine();
        return DeviceProfiler.Measure(device, CacheDirectory.Default, options, progress, cancellationToken);
    }

    private static async Task<List<ModelTimes>> MeasureModels(
        IDevice device, string[] models, ProfileOptions options, bool quiet, CancellationToken cancellationToken)
    {
        var times = new List<ModelTimes>();
        ProgressLine line = ProgressLine.ForTerminal(quiet);
        foreach (string model in models)
        {
            line.Show($"measuring kernels of {model}");
            string path = await ModelFiles.LocateAsync(model, line, null, cancellationToken).ConfigureAwait(false);
            times.Add(await KernelProfiler.MeasureAsync(
                device,
                path,
                input => RandomInputs.Create(input, seed: 1),
                options,
                null,
                new LoadProgressLine(line),
                cancellationToken).ConfigureAwait(false));
        }

        line.Clear();
        return times;
    }

    private sealed class TuningLine : IProgress<KernelTuning>
    {
        public void Report(KernelTuning value) => Console.Error.WriteLine(TuningView.Line(value));
    }

    private sealed class StageLine : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"measuring {value}");
    }
}
