using System.Collections.Immutable;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Cli.Policies;

/// <summary>
/// The runs of a session as a policy has them. Those of a plan are the session's own. A framework's are replayed from a run with
/// everything resident: its first one loads, transforms and tunes, the others run.
/// </summary>
/// <param name="choice">The policy.</param>
/// <param name="session">Opened with <see cref="PolicyChoice.For"/>.</param>
/// <param name="budgetBytes">What was asked for; null for none.</param>
internal sealed class PolicyRuns(PolicyChoice choice, StreamingSession session, long? budgetBytes)
{
    private IReadOnlyDictionary<string, Tensor> outputs = ImmutableDictionary<string, Tensor>.Empty;
    private int done;

    /// <summary>The next run. Its outputs are in the memory of those of the last one.</summary>
    /// <exception cref="Abstractions.Errors.BudgetException">The framework needs more than the budget.</exception>
    public async Task<RunResult> RunAsync(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellationToken)
    {
        if (choice.Framework is not { } framework)
        {
            return await RunAgainAsync(inputs, cancellationToken).ConfigureAwait(false);
        }

        if (done == 0)
        {
            // Brings the weights in, so that the runs after it are the kernels alone.
            await RunAgainAsync(inputs, cancellationToken).ConfigureAwait(false);
        }

        RunResult resident = await RunAgainAsync(inputs, cancellationToken).ConfigureAwait(false);
        return resident with { Report = FrameworkReport.Of(framework, resident.Report, isFirst: done++ == 0, budgetBytes) };
    }

    private async Task<RunResult> RunAgainAsync(IReadOnlyDictionary<string, Tensor> inputs, CancellationToken cancellationToken)
    {
        RunResult result = await session.RunAsync(inputs, outputs, cancellationToken).ConfigureAwait(false);
        outputs = result.Outputs;
        return result;
    }
}
