using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>The dynamic loader tells which native libraries a process loads.</summary>
public sealed class SolverLoadingTests : IDisposable
{
    private const string Solver = "ortools";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Running_with_a_plan_loads_no_solver()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks the loader of Linux");
        string model = ChainModel.Write(folder.Path, layers: 8, width: 1024);
        string plan = Path.Combine(folder.Path, "plan.json");
        string[] make = ["plan", model, "--budget", "8MiB", "-o", plan, "--solver"];
        Assert.Contains(Solver, Libraries([.. make, "cpsat"]));
        Assert.DoesNotContain(Solver, Libraries([.. make, "fast"]));
        Assert.DoesNotContain(Solver, Libraries("run", model, "--plan", plan));
    }

    private string Libraries(params string[] arguments)
    {
        FlashMemProcess.Result run = FlashMemProcess.Run(
            folder.Path, new Dictionary<string, string> { ["LD_DEBUG"] = "files" }, arguments);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("libcoreclr.so", run.Errors);
        return run.Errors;
    }
}
