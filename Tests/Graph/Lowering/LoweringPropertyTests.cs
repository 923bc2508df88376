using FlashMem.Graph.Ir;
using FlashMem.Tests.Graph.Passes;
using FsCheck.Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>Kernel graphs of random networks give the networks' values, with and without the rewriting passes before.</summary>
public sealed class LoweringPropertyTests
{
    [Property(MaxTest = 200)]
    public void LoweredLayersKeepTheirValues(int seed) => LoweringCheck.Lower(RandomLayerGraph.Build(seed));

    [Property(MaxTest = 100)]
    public void CompiledLayersKeepTheirValues(int seed) => LoweringCheck.Compile(RandomLayerGraph.Build(seed));

    [Property(MaxTest = 150)]
    public void CompiledPatternsKeepTheirValues(int seed)
    {
        var random = new Random(seed);
        var b = new GraphBuilder(18);
        var steps = new RandomGraphSteps(b, random);
        for (int i = random.Next(1, 14); i > 0; i--)
        {
            steps.Step();
        }

        ModelGraph model = b.Build([.. steps.Outputs()]);
        LoweringCheck.Compile(model);
    }
}
