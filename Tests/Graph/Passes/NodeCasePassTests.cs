using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Passes;

/// <summary>The passes on the graphs of the ONNX operator cases, many of which spell an operator out as a function of others.</summary>
public sealed class NodeCasePassTests
{
    /// <summary>The cases are of operator sets beyond those that the reader takes by default.</summary>
    private const int NewestOpset = 26;

    [Fact]
    public void Every_case_that_can_be_read_stays_valid_and_keeps_its_values()
    {
        Assert.SkipUnless(SharedFiles.TryGet("onnx-node-tests", out string? cases), "the operator cases are not beside this checkout");
        int read = 0;
        int judged = 0;
        foreach (string folder in Directory.GetDirectories(cases!).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, "model.onnx");
            ModelGraph before;
            ModelGraph after;
            try
            {
                before = OnnxModelReader.Read(path, new OnnxReadOptions { MaximumOpset = NewestOpset });
                after = PassPipeline.Run(before);
            }
            catch (ModelException)
            {
                continue;
            }

            read++;
            GraphValidator.AssertValid(after);
            Assert.Equal(before.Outputs, after.Outputs);
            Assert.Same(after, PassPipeline.Run(after));
            judged += IsJudged(before, after) ? 1 : 0;
        }

        Assert.True(read > 500 && judged > 150, $"{read} cases read, {judged} judged");
    }

    /// <summary>False when the reference evaluator lacks an operator.</summary>
    private static bool IsJudged(ModelGraph before, ModelGraph after)
    {
        try
        {
            ReferenceEvaluator.AssertSame(before, after);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }
}
