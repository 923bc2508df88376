using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Policies;
using FlashMem.Graph.Activations;
using FlashMem.Runtime.Sessions;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Specs;

namespace FlashMem.Benchmarks.Planners;

/// <summary>A model of the zoo on a simulated device, time only; every run on a device of its own.</summary>
internal sealed class SimulatedModel : IDisposable
{
    private readonly string device;
    private readonly SimulatorSpec spec;
    private readonly KernelTimesLibrary times;
    private readonly string path;
    private readonly LocatedModel located;
    private readonly DeviceCapabilities capabilities;

    private SimulatedModel(
        string device,
        SimulatorSpec spec,
        KernelTimesLibrary times,
        string path,
        LocatedModel located,
        DeviceCapabilities capabilities)
    {
        this.capabilities = capabilities;
        this.device = device;
        this.spec = spec;
        this.times = times;
        this.path = path;
        this.located = located;
    }

    /// <param name="model">Its name.</param>
    /// <param name="device">Its name.</param>
    /// <param name="set">Changes of its figures.</param>
    /// <param name="times">Kernel times.</param>
    /// <param name="activations">Type of floating-point activations.</param>
    public static async Task<SimulatedModel> OpenAsync(
        string model, string device, string[] set, KernelTimesLibrary times, ElementType activations = ElementType.Float32)
    {
        string path = ModelFiles.LocateGraph($"zoo:{model}");
        SimulatorSpec spec = SimulatedDevices.Spec(device, set);
        await using SimulatedDevice opened = SimulatedDevices.OpenTimingOnly(device, spec, times);
        LocatedModel located = ModelLocator.LocateGraph(
            path, ElementType.Float16, opened.Capabilities, PlanOptions.DefaultChunkBytes).WithActivations(activations);
        return new SimulatedModel(device, spec, times, path, located, opened.Capabilities);
    }

    /// <summary>The smallest budget with which policy overlap works.</summary>
    public long SmallestBytes => BudgetFloor.Bytes(
        located.Graph, located.Layout, ActivationLayout.Compute(located.Graph), capabilities, PlanPolicy.Overlap);

    /// <summary>
    /// No first run with the steps of this budget's plan is predicted to be shorter, in milliseconds. Predictions count all memory time that
    /// reads take; in simulation part of it is hidden.
    /// </summary>
    public async Task<double> FirstRunBoundAsync(long budget)
    {
        await using SimulatedDevice simulated = SimulatedDevices.OpenTimingOnly(device, spec, times);
        return LatencyBound.FirstRunMs(SessionPlan.Pose(located, simulated, new SessionOptions { Device = simulated, BudgetBytes = budget }));
    }

    /// <summary>A first and a repeated run.</summary>
    /// <param name="name">Of the row.</param>
    /// <param name="policy">How weights are scheduled.</param>
    /// <param name="change">The rest of the session's options.</param>
    public async Task<PolicyRow> RunAsync(string name, PolicyChoice policy, Func<SessionOptions, SessionOptions> change)
    {
        await using SimulatedDevice simulated = SimulatedDevices.OpenTimingOnly(device, spec, times);
        SessionOptions options = policy.For(change(new SessionOptions
        {
            Device = simulated, Located = located, ActivationType = ActivationTypes.Of(located.Graph),
        }));
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options).ConfigureAwait(false);
        IReadOnlyDictionary<string, Tensor> inputs = ModelInputs.Create(session, [], seed: 1);
        var runs = new PolicyRuns(policy, session, budgetBytes: null);
        RunResult first = await runs.RunAsync(inputs, CancellationToken.None).ConfigureAwait(false);
        RunResult repeated = await runs.RunAsync(inputs, CancellationToken.None).ConfigureAwait(false);
        return new PolicyRow(name, first.Report, repeated.Report, session.Plan);
    }

    public void Dispose() => located.Dispose();
}
