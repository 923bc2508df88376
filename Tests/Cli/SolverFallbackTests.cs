using FlashMem.Scheduling.Plans;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>The command without the solver's native library, which only the folder of the command's own files lacks.</summary>
public sealed class SolverFallbackTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_missing_library_is_told_on_standard_error_and_in_the_plan_which_runs()
    {
        string model = ChainModel.Write(folder.Path, layers: 8, width: 1024);
        string plan = folder["plan.json"];
        string[] make = ["plan", model, "--budget", "8MiB", "--solver", "cpsat", "-o", plan];
        Assert.Equal((0, ""), EndOf(FlashMemProcess.Run(folder.Path, make)));
        Assert.Equal("cpsat", PlanJson.ReadFile(plan).Solver);

        FlashMemProcess.Result bare = FlashMemProcess.RunFrom(CommandWithoutLibraries(), folder.Path, make);
        OverlapPlan made = PlanJson.ReadFile(plan);
        string reason = Assert.Single(made.Notes);
        Assert.StartsWith($"{OverlapPlan.Fallback}cpsat cannot be loaded (", reason, StringComparison.Ordinal);
        Assert.Contains("ortools", reason, StringComparison.Ordinal);
        Assert.Equal((0, $"flashmem: {reason}"), EndOf(bare));
        Assert.Equal("fast", made.Solver);
        Assert.Equal((0, ""), EndOf(FlashMemProcess.Run(folder.Path, "run", model, "--plan", plan)));
    }

    private static (int ExitCode, string Errors) EndOf(FlashMemProcess.Result result) => (result.ExitCode, result.Errors.Trim());

    /// <summary>Without the file that says where native libraries lie, managed ones are found beside the command and native ones are not.</summary>
    private string CommandWithoutLibraries()
    {
        string bare = Directory.CreateDirectory(folder["bare"]).FullName;
        string[] files = [.. Directory.GetFiles(AppContext.BaseDirectory, "*.dll"), RuntimeConfig];
        foreach (string file in files)
        {
            File.Copy(file, Path.Combine(bare, Path.GetFileName(file)));
        }

        return bare;
    }

    private static string RuntimeConfig => Path.Combine(AppContext.BaseDirectory, "flashmem.runtimeconfig.json");
}
