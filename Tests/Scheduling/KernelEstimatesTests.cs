using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Time;
using FlashMem.Graph.Ir;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Problem;
using Xunit;

namespace FlashMem.Tests.Scheduling;

public class KernelEstimatesTests
{
    private static readonly KernelGraph Graph = Chains.MatMuls([(64, 256), (256, 64)]);

    [Fact]
    public void Steps_take_what_the_device_says()
    {
        PlanProblem problem = Problem(MoveMode.InKernel, new Estimates("a"));
        Assert.All(problem.Steps, step => Assert.Equal(step.Panels.Count * 1.5, step.ComputeMs));
        Assert.All(
            problem.Steps, step => Assert.Equal((long)(step.Panels.Count * 1000 * step.Class.AllowedGrowth()), step.LoadCapacityBytes));
    }

    [Fact]
    public void Capacities_are_looked_up_only_where_kernels_move_chunks()
    {
        var estimates = new Estimates("a");
        Problem(MoveMode.CopyQueue, estimates);
        Assert.Equal(0, estimates.Capacities);
    }

    [Fact]
    public void Plans_are_bound_to_the_estimates()
    {
        string[] hashes = [.. new[] { null, new Estimates("a"), new Estimates("b") }
            .Select(estimates => Problem(MoveMode.CopyQueue, estimates).DeviceSpecHash)];
        Assert.Equal(3, hashes.Distinct().Count());
        Assert.Equal(hashes[1], Problem(MoveMode.InKernel, new Estimates("a")).DeviceSpecHash);
    }

    private static PlanProblem Problem(MoveMode mode, IKernelEstimates? estimates) => PlanProblem.Create(
        Graph,
        WeightFileLayout.Compute(Graph, 8192),
        ActivationLayout.Compute(Graph),
        Problems.Spec(),
        Problems.Textures,
        new PlanOptions { TargetChunkBytes = 8192, MoveMode = mode },
        estimates);

    /// <summary>Every panel takes a millisecond and a half and carries a thousand bytes per growth by one.</summary>
    private sealed class Estimates(string identity) : IKernelEstimates
    {
        public bool AreExact => true;

        public ReadInterference? BesideReads(OperatorClass operatorClass) => null;

        public string Identity => identity;

        public int Capacities { get; private set; }

        public DeviceTime Time(KernelDesc kernel, PanelRange panels) => new(1_500_000_000L * panels.Count);

        public long? CapacityBytes(KernelDesc kernel, PanelRange panels, double growth)
        {
            Capacities++;
            return (long)(panels.Count * 1000 * growth);
        }
    }
}
