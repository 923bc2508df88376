using System.CommandLine;
using FlashMem.Abstractions.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem plan</c>: makes and verifies an overlap plan and writes it to a file.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var shared = new SessionArguments();
        var output = new Option<string>("--output", "-o") { Description = "Plan file to write.", Required = true };
        var command = new Command(
            "plan",
            CommonOptions.WithExample("Makes and verifies an overlap plan.", "flashmem plan zoo:vit-base --budget 64MiB -o vit.plan.json"))
        {
            output,
        };
        shared.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            shared.RequirePlan(result, "there is nothing to write");
            await using IDevice device = shared.OpenDevice(result);
            await using StreamingSession session = await shared.LoadAsync(result, device, null, cancellationToken).ConfigureAwait(false);
            string file = result.GetRequiredValue(output);
            await using (FileStream stream = File.Create(file))
            {
                PlanJson.Write(stream, session.Plan);
            }

            PlanView.Write(session.Plan, Console.Out);
            Console.WriteLine($"  {"written to",-14} {file}");
            return 0;
        });
        return command;
    }
}
