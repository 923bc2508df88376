using System.CommandLine;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Commands;
using FlashMem.Cli.Devices;

namespace FlashMem.Cli;

/// <summary>The <c>flashmem</c> command: parses, runs a verb, and turns every outcome into an exit code and one clear line.</summary>
internal static class FlashMemCommand
{
    private const int InterruptedExitCode = 130;

    public static async Task<int> RunAsync(string[] args)
    {
        Thread? drivers = OpenClDevices.BeginLoading(args);
        var root = new RootCommand("Runs neural networks whose weights do not fit the memory they are given.")
        {
            RunCommand.Create(),
            VerifyCommand.Create(),
            CompareCommand.Create(),
            SweepCommand.Create(),
            PlanCommand.Create(),
            ProfileCommand.Create(),
            InspectCommand.Create(),
            ModelsCommand.Create(),
            DevicesCommand.Create(),
        };

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
}
