using System.Collections.Immutable;
using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Evaluation;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Lowering;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Lowering;

/// <summary>
/// The ONNX operator cases, lowered and run by the reference kernels. Each case is tried with all inputs as activations and with all but
/// the first as constants, so that both forms of an operand are seen; a form that cannot be lowered must say so with a typed error.
/// </summary>
public sealed class OnnxNodeLoweringTests
{
    [Fact]
    public void EveryCaseThatLowersGivesTheExpectedOutputs()
    {
        Assert.SkipUnless(OnnxNodeCase.All.Count > 0, "the shared ONNX operator cases are not here");
        var failures = new List<string>();
        var passed = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var refused = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (OnnxNodeCase node in OnnxNodeCase.All)
        {
            string op = Operator(node, out string? whyNotRead);
            string? reason = whyNotRead;
            bool lowered = false;
            foreach (Form form in whyNotRead is null ? Enum.GetValues<Form>() : [])
            {
                string? outcome = Run(node, form, out bool ran);
                lowered |= ran;
                reason ??= ran ? null : outcome;
                if (ran && outcome is not null)
                {
                    failures.Add($"{node.Name} ({op}, {form}): {outcome}");
                }
            }

            if (lowered)
            {
                passed[op] = passed.GetValueOrDefault(op) + 1;
            }
            else
            {
                (refused.TryGetValue(op, out List<string>? list) ? list : refused[op] = []).Add($"{node.Name}: {reason}");
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine(Report(passed, refused, failures));
        Assert.Empty(failures);
    }

    private enum Form
    {
        Activations,
        ConstantOperands,
        AllPasses,
    }

    private static string Report(
        SortedDictionary<string, int> passed, SortedDictionary<string, List<string>> refused, List<string> failures)
    {
        var text = new StringBuilder();
        text.AppendLine($"{passed.Values.Sum()} cases lowered, {refused.Values.Sum(list => list.Count)} refused, {failures.Count} wrong");
        text.AppendLine(string.Join(", ", passed.Select(pair => $"{pair.Key} {pair.Value}")));
        foreach ((string op, List<string> cases) in refused)
        {
            text.AppendLine($"refused {op}: {cases.Count}; {cases[0]}");
        }

        text.AppendLine(string.Join(Environment.NewLine, failures));
        return text.ToString();
    }

    private static string Operator(OnnxNodeCase node, out string? error)
    {
        try
        {
            string[] names = [.. node.InputNames()];
            ModelGraph model = node.ReadModel((name, _) => name != names[0]);
            error = null;
            return model.Nodes.Length switch
            {
                0 => "(folded)",
                1 => model.Nodes[0].OpType,
                _ => "(several)",
            };
        }
        catch (ModelException fault)
        {
            error = fault.Message;
            string[] quoted = fault.Message.Split('\'');
            return fault.Message.Contains("unsupported operator", StringComparison.Ordinal) ? $"(not imported) {quoted[1]}" : "(not read)";
        }
    }

    /// <summary>What is wrong; null when the outputs agree. <paramref name="ran"/> is false when the model was refused.</summary>
    private static string? Run(OnnxNodeCase node, Form form, out bool ran)
    {
        ImmutableArray<string> names = node.InputNames();
        ran = false;
        try
        {
            ModelGraph model = node.ReadModel((name, _) => form != Form.Activations && name != names[0]);
            var options = new LoweringOptions { WeightType = ElementType.Float32 };
            KernelGraph graph = form == Form.AllPasses ? GraphCompiler.Compile(model, options) : GraphCompiler.Lower(model, options);
            ran = true;
            ImmutableArray<ConstantTensor> tensors = node.ReadInputs();
            var inputs = new Dictionary<string, ConstantTensor>();
            for (int i = 0; i < tensors.Length; i++)
            {
                inputs[names[i]] = tensors[i];
            }

            KernelGraphAssert.IsWellFormed(graph);
            using var weights = new FileWeightReader();
            ConstantTensor[] outputs = ReferenceExecutor.Run(graph, inputs, weights);
            ImmutableArray<ConstantTensor> expected = node.ReadOutputs();
            for (int i = 0; i < outputs.Length; i++)
            {
                double absolute = expected[i].Type == ElementType.Float16 ? 1e-3 : 1e-6;
                if (TensorComparison.Difference(expected[i], outputs[i], absolute: absolute) is { } difference)
                {
                    return $"output {i}: {difference}";
                }
            }

            return null;
        }
        catch (ModelException fault)
        {
            return fault.Message;
        }
        catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
        {
            ran = true;
            return fault.ToString();
        }
    }
}
