using System.CommandLine;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Zoo;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem models</c>: lists the zoo; <c>models make</c> writes a model and its weights.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        Option<string?> json = CommonOptions.Json();
        var command = new Command("models", CommonOptions.WithExample("Lists the zoo.", "flashmem models")) { CreateMake(), json };
        command.SetAction(result => List(result.GetValue(json)));
        return command;
    }

    private static Command CreateMake()
    {
        var name = new Argument<string>("name") { Description = "A name of the zoo." };
        var directory = new Option<string>("--output", "-o") { Description = "Folder to write to.", DefaultValueFactory = _ => "." };
        Option<bool> quiet = CommonOptions.Quiet();
        var make = new Command(
            "make", CommonOptions.WithExample("Writes a model's graph and its weights.", "flashmem models make resnet50 -o models"))
        {
            name, directory, quiet,
        };
        make.SetAction(async (result, cancellationToken) =>
        {
            string path = await ModelFiles.MakeAsync(
                result.GetRequiredValue(name),
                result.GetRequiredValue(directory),
                ProgressLine.ForTerminal(result.GetValue(quiet)),
                cancellationToken).ConfigureAwait(false);
            Console.WriteLine(path);
            return 0;
        });
        return make;
    }

    private static int List(string? json)
    {
        if (json is not null)
        {
            JsonOutput.Write(json, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "flashmem.models/1");
                writer.WriteStartArray("models");
                foreach (string name in ZooModels.Names)
                {
                    writer.WriteStringValue(name);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }

        if (json is not "")
        {
            foreach (string name in ZooModels.Names)
            {
                Console.WriteLine($"zoo:{name}");
            }
        }

        return 0;
    }
}
