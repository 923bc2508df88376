using System.Runtime.InteropServices;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.Host;
using FlashMem.Cli.Models;
using FlashMem.Runtime.Sessions;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.OnnxRuntime;

/// <summary>
/// Zoo models streamed under a budget against ONNX Runtime on the same inputs. The large ones are explicit:
/// dotnet run --project Tests -c Release -- --explicit only --filter-class FlashMem.Tests.OnnxRuntime.ZooJudgeTests
/// </summary>
[Collection("host")]
public class ZooJudgeTests
{
    private const float RelativeTolerance = 1e-3f;
    private const float AbsoluteTolerance = 1e-4f;
    private const double SmallestCosine = 0.999;

    [Theory]
    [InlineData("resnet50", 32)]
    [InlineData("vit-base", 96)]
    [InlineData("gptneo-small", 192)]
    [InlineData("depth-anything-small", 64)]
    public Task Fp32_weights_agree_in_every_element(string model, int budgetMiB) => AgreeInEveryElement(model, budgetMiB);

    [Theory(Explicit = true)]
    [InlineData("deepvit", 256)]
    [InlineData("sam2", 256)]
    public Task Fp32_weights_of_large_models_agree_in_every_element(string model, int budgetMiB) => AgreeInEveryElement(model, budgetMiB);

    [Theory]
    [InlineData("resnet50", 24)]
    [InlineData("vit-base", 48)]
    [InlineData("gptneo-small", 96)]
    public Task Fp16_weights_agree_in_direction(string model, int budgetMiB) => AgreeInDirection(model, budgetMiB);

    [Theory(Explicit = true)]
    [InlineData("depth-anything-small", 48)]
    [InlineData("deepvit", 114)]
    [InlineData("sam2", 192)]
    [InlineData("depth-anything-large", 160)]
    [InlineData("sd15-unet", 400)]
    [InlineData("whisper-medium", 360)]
    public Task Fp16_weights_of_large_models_agree_in_direction(string model, int budgetMiB) => AgreeInDirection(model, budgetMiB);

    /// <summary>
    /// These two amplify any rounding of their weights (attention scores are not scaled), so they are judged against ONNX Runtime on
    /// weights rounded to half precision beforehand: what is left is this project's arithmetic.
    /// </summary>
    [Theory(Explicit = true)]
    [InlineData("gptneo-1.3b", 256)]
    [InlineData("gptneo-2.7b", 256)]
    public async Task Fp16_weights_agree_with_a_model_rounded_beforehand(string model, int budgetMiB)
    {
        string path = await ZooFiles.MakeAsync(model);
        using var folder = new TemporaryFolder(ZooFiles.Folder);
        string rounded = RoundedModel.Write(path, folder.Path);
        (IReadOnlyDictionary<string, Tensor> inputs, RunResult actual) = await RunOurs(model, path, budgetMiB, ElementType.Float16);
        IReadOnlyDictionary<string, float[]> expected = OnnxRuntimeJudge.Run(rounded, inputs);
        File.Delete(rounded + ".data");
        IReadOnlyDictionary<string, float[]> full = OnnxRuntimeJudge.Run(path, inputs);
        foreach ((string name, float[] values) in expected)
        {
            TestContext.Current.SendDiagnosticMessage(
                $"{model} {name}: cosine to the rounded model {OnnxRuntimeJudge.Cosine(values, Floats(actual, name)):0.000000}, "
                + $"rounding alone {OnnxRuntimeJudge.Cosine(full[name], values):0.000000}, "
                + $"to the fp32 model {OnnxRuntimeJudge.Cosine(full[name], Floats(actual, name)):0.000000}");
            Assert.InRange(OnnxRuntimeJudge.Cosine(values, Floats(actual, name)), SmallestCosine, 1.0001);
        }
    }

    private static async Task AgreeInEveryElement(string model, int budgetMiB)
    {
        (IReadOnlyDictionary<string, float[]> expected, RunResult actual) = await RunBoth(model, budgetMiB, ElementType.Float32);
        foreach ((string name, float[] values) in expected)
        {
            Assert.Null(OnnxRuntimeJudge.WorstViolation(values, Floats(actual, name), RelativeTolerance, AbsoluteTolerance));
        }
    }

    private static async Task AgreeInDirection(string model, int budgetMiB)
    {
        (IReadOnlyDictionary<string, float[]> expected, RunResult actual) = await RunBoth(model, budgetMiB, ElementType.Float16);
        foreach ((string name, float[] values) in expected)
        {
            Assert.InRange(OnnxRuntimeJudge.Cosine(values, Floats(actual, name)), SmallestCosine, 1.0001);
        }
    }

    private static async Task<(IReadOnlyDictionary<string, float[]> Expected, RunResult Actual)> RunBoth(
        string model, int budgetMiB, ElementType weights)
    {
        string path = await ZooFiles.MakeAsync(model);
        (IReadOnlyDictionary<string, Tensor> inputs, RunResult actual) = await RunOurs(model, path, budgetMiB, weights);
        return (OnnxRuntimeJudge.Run(path, inputs), actual);
    }

    private static async Task<(IReadOnlyDictionary<string, Tensor> Inputs, RunResult Actual)> RunOurs(
        string model, string path, int budgetMiB, ElementType weights)
    {
        await using HostDevice device = HostDevice.Open(new HostDeviceOptions());
        var options = new FlashMem.Runtime.Sessions.SessionOptions
        {
            Device = device, BudgetBytes = (long)budgetMiB << 20, WeightType = weights, CacheDirectory = ZooFiles.Folder,
        };
        await using StreamingSession session = await StreamingSession.LoadAsync(path, options, null, CancellationToken.None);
        Assert.Equal(model, session.ModelName);
        IReadOnlyDictionary<string, Tensor> inputs = ModelInputs.Create(session, [], seed: 7);
        RunResult actual = await session.RunAsync(inputs, CancellationToken.None);
        Assert.True(actual.Report.Memory.PeakBytes <= actual.Report.Memory.PlannedPeakBytes);
        Assert.True(actual.Report.Memory.PlannedPeakBytes <= options.BudgetBytes);
        return (inputs, actual);
    }

    private static ReadOnlySpan<float> Floats(RunResult result, string output) =>
        MemoryMarshal.Cast<byte, float>(result.Outputs[output].Bytes);
}
