using System.Collections.Immutable;
using FlashMem.Cli.Policies;
using FlashMem.Simulator.Specs;

namespace FlashMem.Cli.Sweeps;

/// <summary>A device of a sweep with one choice of its changed figures.</summary>
/// <param name="Name">As in the sweep file.</param>
/// <param name="Values">Of the sweep's axes, in their order.</param>
/// <param name="Spec">The figures, changes made.</param>
/// <param name="KernelTimes">Identity of those figures that kernel times depend on.</param>
internal sealed record SweepDevice(string Name, ImmutableArray<string> Values, SimulatorSpec Spec, string KernelTimes);

/// <summary>One setting of a sweep.</summary>
/// <param name="Index">Place in the grid, from 0.</param>
/// <param name="Device">Where it runs.</param>
/// <param name="Model">What runs.</param>
/// <param name="BudgetBytes">Null without a budget.</param>
/// <param name="Policy">When weights move; without a budget all are preloaded.</param>
internal sealed record SweepPoint(int Index, SweepDevice Device, string Model, long? BudgetBytes, PolicyChoice Policy);
