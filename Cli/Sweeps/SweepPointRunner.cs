using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Policies;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;
using FlashMem.Simulator.Device;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// Runs points, each in a session on a device of its own that simulates time only. Models, plans and kernel times are shared. Thread-safe.
/// </summary>
/// <param name="spec">The sweep.</param>
/// <param name="times">Kernel times of all devices.</param>
internal sealed class SweepPointRunner(SweepSpec spec, KernelTimesLibrary times)
{
    private readonly SweepModels models = new(spec.WeightType);
    private readonly SweepPlans plans = new();

    /// <summary>Reads a model before anything runs, so that one that cannot be read ends the sweep at its start.</summary>
    /// <exception cref="ModelException">The model cannot be read, or has an unsupported operator.</exception>
    public async Task ReadModelAsync(string model, string device)
    {
        await using SimulatedDevice opened = SimulatedDevices.OpenTimingOnly(device, SimulatedDevices.Spec(device, []), times);
        models.Get(model, opened.Capabilities);
    }

    public async Task<SweepRow> RunAsync(SweepPoint point, CancellationToken cancellationToken)
    {
        try
        {
            await using SimulatedDevice device = SimulatedDevices.OpenTimingOnly(point.Device.Name, point.Device.Spec, times);
            return await RunAsync(point, device, cancellationToken).ConfigureAwait(false);
        }
        catch (BudgetException refused)
        {
            return SweepRow.Infeasible(point, refused.SmallestBytes);
        }
        catch (FlashMemException error)
        {
            return SweepRow.Failed(point, error.Message);
        }
    }

    private async Task<SweepRow> RunAsync(SweepPoint point, SimulatedDevice device, CancellationToken cancellationToken)
    {
        SweepModel model = models.Get(point.Model, device.Capabilities);
        SessionOptions options = point.Policy.For(new SessionOptions
        {
            Device = device,
            BudgetBytes = point.BudgetBytes,
            WeightType = spec.WeightType,
            ActivationType = spec.ActivationType,
            Located = model.Located,
        });
        string kernelTimes = device.Estimates?.Identity ?? "";
        var key = new SweepPlanKey(model, device.Spec, device.Capabilities, options.BudgetBytes, options.Policy, kernelTimes);
        options = options with { Plan = plans.Find(key) };
        await using StreamingSession session = await StreamingSession
            .LoadAsync(model.Path, options, cancellationToken: cancellationToken).ConfigureAwait(false);
        plans.Keep(key, session.Plan);
        IReadOnlyDictionary<string, Tensor> inputs = model.Inputs(session);
        var runs = new PolicyRuns(point.Policy, session, point.BudgetBytes);
        RunResult first = await runs.RunAsync(inputs, cancellationToken).ConfigureAwait(false);
        var repeated = new List<RunReport>(spec.Iterations);
        for (int i = 0; i < spec.Iterations; i++)
        {
            repeated.Add((await runs.RunAsync(inputs, cancellationToken).ConfigureAwait(false)).Report);
        }

        return SweepRow.Ran(point, first.Report, RunReport.Combine(repeated));
    }
}
