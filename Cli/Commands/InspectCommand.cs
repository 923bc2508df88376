using System.CommandLine;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Runtime.Packing;
using FlashMem.Runtime.Profiling;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem inspect</c>: prints a model, its kernel graph, a plan, a weight file, a profile or a simulated device.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file")
        {
            Description = "A model (.onnx or zoo:NAME), a plan (.json), a weight file (.flashmem), "
                + "a profile (.json) or a simulated device (sim:NAME, or its .json).",
        };
        var stage = new Option<string>("--stage")
        {
            Description = "Of a model: the imported graph, or the kernels it is lowered to.", DefaultValueFactory = _ => "model",
        };
        stage.AcceptOnlyFromAmong("model", "kernels");
        Option<string[]> set = CommonOptions.Set();
        Option<bool> quiet = CommonOptions.Quiet();
        var command = new Command(
            "inspect",
            CommonOptions.WithExample("Prints what is between two stages.", "flashmem inspect zoo:vit-base --stage kernels"))
        {
            file, stage, set, quiet,
        };
        command.SetAction(result =>
            Run(result.GetRequiredValue(file), result.GetRequiredValue(stage), result.GetValue(set)!));
        return command;
    }

    private static int Run(string file, string stage, string[] set)
    {
        if (SimulatedDevices.Profile(file) is { } twin)
        {
            ProfileView.Write(twin, Console.Out);
            return 0;
        }

        if (SimulatedDevices.IsNamed(file))
        {
            SpecView.Write(SimulatedDevices.Spec(file, set), Console.Out);
            return 0;
        }

        if (set.Length > 0)
        {
            throw new UsageException($"--set is for simulated devices (sim:NAME); '{file}' is none");
        }

        switch (Path.GetExtension(file))
        {
            case ".json" when FileSchema.Of(file) == SimulatorSpec.Schema:
                SpecView.Write(SimulatorSpecJson.ReadFile(file), Console.Out);
                return 0;
            case ".json" when FileSchema.Of(file) == DeviceProfile.Schema:
                ProfileView.Write(DeviceProfileJson.ReadFile(file), Console.Out);
                return 0;
            case ".json":
                PlanView.Write(PlanJson.ReadFile(file), kernelTimes: null, Console.Out);
                return 0;
            case ".flashmem":
                using (WeightFile weights = WeightFile.Open(file))
                {
                    GraphView.Write(weights.Graph, Console.Out);
                }

                return 0;
        }

        ModelGraph model = OnnxModelReader.ReadGraphOnly(ModelFiles.LocateGraph(file));
        if (stage == "kernels")
        {
            GraphView.Write(GraphCompiler.Compile(model, new LoweringOptions()), Console.Out);
        }
        else
        {
            GraphView.Write(model, Console.Out);
        }

        return 0;
    }
}
