using System.Xml.Linq;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Architecture;

/// <summary>The arrows of docs/ARCHITECTURE.md, section "Projects": who may reference whom.</summary>
public class ProjectArrowsTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Abstractions"] = [],
        ["Graph"] = ["Abstractions"],
        ["Scheduling"] = ["Graph"],
        ["Runtime"] = ["Scheduling"],
        ["Backends.Host"] = ["Abstractions"],
        ["Backends.OpenCL"] = ["Abstractions"],
        ["Backends.ILGPU"] = ["Abstractions"],
        ["Simulator"] = ["Abstractions"],
        ["Cli"] = ["Runtime", "Backends.Host", "Backends.OpenCL", "Backends.ILGPU", "Simulator"],
        ["Tests"] = ["Cli"],
        ["Benchmarks"] = ["Cli"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        string file = Path.Combine(RepositoryRoot.Path, project, $"{project}.csproj");
        string[] references = [.. XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))];

        Assert.Equal(Allowed[project].Order(), references.Order());
    }

    [Fact]
    public void Every_project_of_the_solution_is_in_the_table()
    {
        string[] projects = [.. Directory.GetFiles(RepositoryRoot.Path, "*.csproj", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}artifacts{Path.DirectorySeparatorChar}"))
            .Select(path => Path.GetFileNameWithoutExtension(path))];

        Assert.Equal(Allowed.Keys.Order(), projects.Order());
    }

    /// <summary>Transitive references let code reach past the arrows; compiled assemblies show what is really used.</summary>
    [Theory]
    [InlineData(typeof(FlashMem.Abstractions.Devices.IDevice), new string[0])]
    [InlineData(typeof(FlashMem.Graph.Ir.ModelGraph), new[] { "Abstractions" })]
    [InlineData(typeof(FlashMem.Scheduling.Plans.OverlapPlan), new[] { "Abstractions", "Graph" })]
    [InlineData(typeof(FlashMem.Runtime.Sessions.StreamingSession), new[] { "Abstractions", "Graph", "Scheduling" })]
    [InlineData(typeof(FlashMem.Backends.Host.HostDevice), new[] { "Abstractions" })]
    [InlineData(typeof(FlashMem.Simulator.Device.SimulatedDevice), new[] { "Abstractions" })]
    [InlineData(typeof(FlashMem.Backends.OpenCL.Device.OpenClDevice), new[] { "Abstractions" })]
    [InlineData(typeof(FlashMem.Backends.ILGPU.Device.IlgpuDevice), new[] { "Abstractions" })]
    public void An_assembly_uses_only_the_layers_below_it(Type marker, string[] layers)
    {
        IEnumerable<string> used = marker.Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("FlashMem.", StringComparison.Ordinal))
            .Select(name => name["FlashMem.".Length..]);

        Assert.Subset(layers.ToHashSet(), used.ToHashSet());
    }
}
