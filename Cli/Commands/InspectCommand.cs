using System.CommandLine;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Runtime.Packing;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem inspect</c>: prints a model, its kernel graph, a plan or a weight file.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A model (.onnx or zoo:NAME), a plan (.json) or a weight file (.flashmem)." };
        var stage = new Option<string>("--stage")
        {
            Description = "Of a model: the imported graph, or the kernels it is lowered to.", DefaultValueFactory = _ => "model",
        };
        stage.AcceptOnlyFromAmong("model", "kernels");
        Option<bool> quiet = CommonOptions.Quiet();
        var command = new Command(
            "inspect",
            CommonOptions.WithExample("Prints what is between two stages.", "flashmem inspect zoo:vit-base --stage kernels")) { file, stage, quiet };
        command.SetAction((result, cancellationToken) =>
            Run(result.GetRequiredValue(file), result.GetRequiredValue(stage), result.GetValue(quiet), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string file, string stage, bool quiet, CancellationToken cancellationToken)
    {
        switch (Path.GetExtension(file))
        {
            case ".json":
                PlanView.Write(PlanJson.ReadFile(file), Console.Out);
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
