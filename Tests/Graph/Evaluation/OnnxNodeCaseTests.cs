using System.Collections.Immutable;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Evaluation;

public class OnnxNodeCaseTests
{

    // How many of the 819 cases are supported; a change that supports fewer is a mistake.
    private const int LeastInferred = 680;
    private const int LeastEvaluated = 550;

    /// <summary>
    /// Binds every input of every case, so that shapes are inferred and compared with the declared ones by the reader, and evaluates
    /// the cases whose operators can be.
    /// </summary>
    [Fact]
    public void Cases_have_the_declared_shapes_and_evaluate_to_the_expected_outputs()
    {
        Assert.SkipUnless(OnnxNodeCase.All.Count > 0, "the ONNX operator cases are not beside the repository");
        var failures = new List<string>();
        var unsupported = new SortedSet<string>(StringComparer.Ordinal);
        int evaluated = 0;
        int inferred = 0;
        foreach (OnnxNodeCase example in OnnxNodeCase.All)
        {
            try
            {
                ModelGraph graph = example.ReadModel((_, _) => true);
                inferred++;
                if (graph.Nodes.All(ConstantEvaluator.CanEvaluate))
                {
                    evaluated++;
                    failures.AddRange(Differences(graph, example.ReadOutputs()).Select(text => $"{example.Name}: {text}"));
                }
            }
            catch (ModelException fault) when (fault.Message.Contains("supported", StringComparison.Ordinal))
            {
                unsupported.Add(fault.Message);
            }
            catch (ModelException fault)
            {
                failures.Add($"{example.Name}: {fault.Message}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{evaluated} evaluated, {inferred} inferred of {OnnxNodeCase.All.Count}; unsupported:\n{string.Join('\n', unsupported)}");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(inferred >= LeastInferred, $"only {inferred} cases were read");
        Assert.True(evaluated >= LeastEvaluated, $"only {evaluated} cases were evaluated");
    }

    private static IEnumerable<string> Differences(ModelGraph graph, ImmutableArray<ConstantTensor> expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            using var weights = new FileWeightReader();
            var whole = new ConstantGraph(graph.Nodes, graph.Constants, graph.Weights, graph.Opset, graph.Outputs[i]);
            if (TensorComparison.Difference(expected[i], ConstantEvaluator.Evaluate(whole, weights)) is { } difference)
            {
                yield return $"output {i}: {difference}";
            }
        }
    }
}
