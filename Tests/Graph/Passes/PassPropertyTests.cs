using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FsCheck.Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>The pipeline keeps the values of random graphs of shape, view and arithmetic operators.</summary>
public sealed class PassPropertyTests
{
    [Property(MaxTest = 300)]
    public void Values_survive_on_random_graphs(int seed)
    {
        ModelGraph graph = RandomGraph(new Random(seed));
        ModelGraph result = PassPipeline.Run(graph);
        GraphValidator.AssertValid(result);
        ReferenceEvaluator.AssertSame(graph, result);
    }

    private static ModelGraph RandomGraph(Random random)
    {
        var b = new GraphBuilder(random.Next(2) == 0 ? 11 : 18);
        var graph = new RandomGraphSteps(b, random);
        int steps = random.Next(1, 14);
        for (int i = 0; i < steps; i++)
        {
            graph.Step();
        }

        return b.Build([.. graph.Outputs()]);
    }
}
