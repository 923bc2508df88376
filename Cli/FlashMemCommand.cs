using System.CommandLine;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Commands;
using FlashMem.Cli.Devices;

namespace FlashMem.Cli;

/// <summary>The <c>flashmem</c> command: parses, runs a verb, and turns every outcome into an exit code and one clear line.</summary>
internal static class FlashMemCommand
{
    private const int InterruptedExitCode = 130;

    /// <summary>What makes the verbs, by their names.</summary>
    internal static readonly (string Name, Func<Command> Create)[] Verbs =
    [
        ("run", RunCommand.Create),
        ("verify", VerifyCommand.Create),
        ("compare", CompareCommand.Create),
        ("sweep", SweepCommand.Create),
        ("plan", PlanCommand.Create),
        ("profile", ProfileCommand.Create),
        ("inspect", InspectCommand.Create),
        ("models", ModelsCommand.Create),
        ("devices", DevicesCommand.Create),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        Thread? drivers = OpenClDevices.BeginLoading(args);
        RootCommand root = Create(args);
        try
        {
            ParseResult result = root.Parse(args);
            if (result.Errors.Count > 0)
            {
                throw new UsageException($"{result.Errors[0].Message}; see 'flashmem --help'");
            }

            return await result.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("flashmem: interrupted").ConfigureAwait(false);
            return InterruptedExitCode;
        }
        catch (FlashMemException error)
        {
            await Console.Error.WriteLineAsync($"flashmem: {error.Message}").ConfigureAwait(false);
            return error.ExitCode;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"flashmem: {error.Message}").ConfigureAwait(false);
            return new RunFailedException(error.Message).ExitCode;
        }
        finally
        {
            drivers?.Join();
        }
    }

    /// <summary>The verb that is asked for; all of them for help and for a name that is none. Making them all takes as long as the rest of parsing.</summary>
    private static RootCommand Create(string[] args)
    {
        var root = new RootCommand("Runs neural networks whose weights do not fit the memory they are given.");
        bool known = args.Length > 0 && Verbs.Any(verb => verb.Name == args[0]);
        foreach ((string name, Func<Command> create) in Verbs)
        {
            if (!known || name == args[0])
            {
                root.Add(create());
            }
        }

        return root;
    }
}
