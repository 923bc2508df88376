using System.CommandLine;
using System.CommandLine.Parsing;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Models;
using FlashMem.Cli.Rendering;
using FlashMem.Runtime.Queues;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Queues;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem run A B ...</c>: several models as a queue under one budget.</summary>
internal sealed class QueueCommand
{
    private readonly Option<string> order = new("--order")
    {
        Description = "Several models: fifo serves them as named, again for every iteration; random shuffles all requests by --seed.",
        DefaultValueFactory = _ => QueueOrder.Fifo.Name(),
    };

    private readonly Option<string> handover = new("--handover")
    {
        Description = "Several models: tail loads the next one where the current one's memory becomes free; none frees all first.",
        DefaultValueFactory = _ => HandoverMode.Tail.Name(),
    };

    private readonly SessionArguments shared;

    /// <param name="shared">Options of the session; its argument is the first model.</param>
    public QueueCommand(SessionArguments shared)
    {
        this.shared = shared;
        order.AcceptOnlyFromAmong([.. Enum.GetValues<QueueOrder>().Select(QueueOrders.Name)]);
        handover.AcceptOnlyFromAmong([.. Enum.GetValues<HandoverMode>().Select(HandoverModes.Name)]);

        // An argument that takes any number of words would take an unknown option for a model.
        More.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens.Where(token => token.Value.StartsWith('-')))
            {
                result.AddError($"Unrecognized command or argument '{token.Value}'.");
            }
        });
    }

    /// <summary>The models after the first.</summary>
    public Argument<string[]> More { get; } = new("more models")
    {
        Description = "More models: a queue of requests to all of them under one budget.",
        Arity = ArgumentArity.ZeroOrMore,
        DefaultValueFactory = _ => [],
    };

    public void AddTo(Command command)
    {
        command.Add(More);
        command.Add(order);
        command.Add(handover);
    }

    /// <summary>Refuses the options of a queue where there is one model.</summary>
    public void RequireNone(ParseResult result)
    {
        foreach (Option option in (Option[])[order, handover])
        {
            if (result.GetResult(option) is { Implicit: false })
            {
                throw new UsageException($"{option.Name} is for several models");
            }
        }
    }

    /// <summary>Runs the queue and reports.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="iterations">Requests to every model named.</param>
    /// <param name="seed">Of random inputs and random order.</param>
    /// <param name="outputs">Folder for outputs; null for none.</param>
    /// <param name="trace">File for the trace; null for none.</param>
    /// <param name="json">As for one model.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(
        ParseResult result, int iterations, int seed, string? outputs, string? trace, string? json, CancellationToken cancellationToken)
    {
        shared.RequirePlan(result, "run the models one by one");
        string[] named = [result.GetRequiredValue(shared.Model), .. result.GetValue(More)!];
        string[] distinct = [.. named.Distinct(StringComparer.Ordinal)];
        QueueOrder chosen = Enum.GetValues<QueueOrder>().First(each => each.Name() == result.GetValue(order));
        int[] requests = chosen.Requests([.. named.Select(model => Array.IndexOf(distinct, model))], iterations, seed);

        await using IDevice device = shared.OpenDevice(result);
        RequireValues(device, outputs);
        await using ModelQueue queue = await LoadAsync(result, device, distinct, requests, cancellationToken).ConfigureAwait(false);
        foreach (string note in queue.Plan.Notes)
        {
            Console.Error.WriteLine($"flashmem: {note}");
        }

        QueueResult run = await queue.RunAsync(
            [.. queue.InputMetadata.Select(inputs => ModelInputs.Random(inputs, seed))],
            request =>
            {
                if (outputs is not null)
                {
                    ModelOutputs.Save(request.Outputs, Path.Combine(outputs, $"{request.Index}-{request.Model}"));
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (trace is not null)
        {
            await using FileStream stream = File.Create(trace);
            run.Trace.WriteChrome(stream);
        }

        if (json is not null)
        {
            JsonOutput.Write(json, stream => QueueReportJson.Write(stream, run.Report));
        }

        if (json is not "")
        {
            QueueReportView.Write(run.Report, Console.Out);
        }
    }

    private async Task<ModelQueue> LoadAsync(
        ParseResult result, IDevice device, string[] models, int[] requests, CancellationToken cancellationToken)
    {
        SessionOptions session = shared.Options(result, device, planFile: null);
        if (session.Pin.Count > 0)
        {
            throw new UsageException("--pin keeps weights of one model between its runs; in a queue their memory passes to other models");
        }

        if (session.HostWeights)
        {
            throw new UsageException("--host-weights keeps the file of one model in memory; a queue reads those of its models in turn");
        }

        var options = new ModelQueueOptions
        {
            Session = session,
            Handover = Enum.GetValues<HandoverMode>().First(each => each.Name() == result.GetValue(handover)),
        };
        ProgressLine progress = shared.Progress(result);
        try
        {
            // A budget that cannot work is refused before any model's weights are filled.
            bool timingOnly = device is ISimulatedDevice { HasValues: false };
            foreach (string model in models.Where(model => ModelFiles.IsZoo(model) && !timingOnly))
            {
                StreamingSession.RequireBudget(ModelFiles.LocateGraph(model), session);
            }

            var paths = new List<string>();
            foreach (string model in models)
            {
                paths.Add(timingOnly
                    ? ModelFiles.LocateGraph(model)
                    : await ModelFiles.LocateAsync(model, progress, null, cancellationToken).ConfigureAwait(false));
            }

            ModelQueue queue = await ModelQueue
                .LoadAsync(paths, requests, options, new LoadProgressLine(progress), cancellationToken).ConfigureAwait(false);
            progress.Clear();
            shared.TellKernelTimes(result, session);
            return queue;
        }
        finally
        {
            progress.Clear();
        }
    }

    private static void RequireValues(IDevice device, string? outputs)
    {
        if (device is ISimulatedDevice { HasValues: false } && outputs is not null)
        {
            throw new UsageException($"--output saves outputs; '{device.Name}' simulates time only and computes none");
        }
    }
}
