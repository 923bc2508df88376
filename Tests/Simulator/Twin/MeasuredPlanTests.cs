using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Planners;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using FlashMem.Simulator.Device;
using FlashMem.Simulator.Twin;
using FlashMem.Tests.Scheduling;
using Xunit;

namespace FlashMem.Tests.Simulator.Twin;

/// <summary>Plans by a profile's kernel times, for the device and for its twin.</summary>
public sealed class MeasuredPlanTests
{
    private const long ChunkBytes = 8192;

    private static readonly KernelGraph Graph = Chains.MatMuls([(64, 512), (512, 64), (64, 512), (512, 128)]);

    [Fact]
    public void A_resident_plan_takes_the_sum_of_what_was_measured()
    {
        TwinFigures figures = MadeUpTwins.Figures(Problems.Capabilities, MadeUpTwins.Kernels(Graph));
        PlanProblem problem = Pose(figures, null, MeasuredEstimates.Of("device", figures, pageCache: false));

        double seconds = Graph.Kernels.Sum(node => figures.Kernels
            .Where(kernel => kernel.Signature == KernelSignature.Of(node.Desc) && kernel.Panels == node.Desc.Panels!.PanelCount)
            .Sum(kernel => kernel.LaunchSeconds + kernel.Seconds));

        Assert.Equal(Graph.Kernels.Length, problem.Steps.Length);
        Assert.Equal(seconds * 1e3, problem.Steps.Sum(step => step.ComputeMs), 1e-6);
        Assert.Equal(seconds * 1e3, PlanMaker.Make(problem).RunMs, 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_twin_is_planned_for_as_its_device_is(bool zeroCopy)
    {
        DeviceCapabilities capabilities = zeroCopy ? Problems.Capabilities : Problems.Textures;
        TwinFigures figures = MadeUpTwins.Figures(capabilities, MadeUpTwins.Kernels(Graph)) with
        {
            CarriedCosts = zeroCopy ? [] : [new CarriedCost(OperatorClass.Reusable, 1e-9)],
        };
        MoveMode mode = zeroCopy ? MoveMode.CopyQueue : MoveMode.InKernel;
        long budget = Problems.Floor(Graph, PlanPolicy.Overlap, capabilities: capabilities) + (4 * ChunkBytes);
        await using SimulatedDevice twin = MadeUpTwins.Open(figures);

        OverlapPlan simulated = PlanMaker.Make(Pose(figures, budget, twin.Estimates, mode));
        OverlapPlan real = PlanMaker.Make(Pose(figures, budget, MeasuredEstimates.Of("device", figures, pageCache: false), mode));

        Assert.Equal(Text(real), Text(simulated));
        Assert.NotEqual(real.DeviceSpecHash, Pose(figures, budget, null, mode).DeviceSpecHash);
        Assert.Equal(0, twin.TimeSources!.Measured);
    }

    [Fact]
    public void A_class_whose_cost_was_not_measured_carries_what_it_carries_without_estimates()
    {
        TwinFigures figures = MadeUpTwins.Figures(Problems.Textures, MadeUpTwins.Kernels(Graph));
        long Carried(IKernelEstimates? estimates) =>
            Pose(figures, null, estimates, MoveMode.InKernel).Steps.Sum(step => step.LoadCapacityBytes);

        long roofline = Carried(null);

        Assert.True(roofline > 0);
        Assert.Equal(roofline, Carried(MeasuredEstimates.Of("device", figures, pageCache: false)));
        Assert.NotEqual(roofline, Carried(MeasuredEstimates.Of(
            "device", figures with { CarriedCosts = [new CarriedCost(OperatorClass.Reusable, 1e-9)] }, pageCache: false)));
    }

    private static PlanProblem Pose(
        TwinFigures figures, long? budget, IKernelEstimates? estimates, MoveMode mode = MoveMode.CopyQueue) => PlanProblem.Create(
        Graph,
        WeightFileLayout.Compute(Graph, ChunkBytes),
        ActivationLayout.Compute(Graph),
        Problems.Spec(),
        figures.Capabilities,
        new PlanOptions
        {
            BudgetBytes = budget,
            TargetChunkBytes = ChunkBytes,
            Policy = budget is null ? PlanPolicy.Preload : PlanPolicy.Overlap,
            MoveMode = mode,
        },
        estimates);

    private static string Text(OverlapPlan plan)
    {
        using var stream = new MemoryStream();
        PlanJson.Write(stream, plan);
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
