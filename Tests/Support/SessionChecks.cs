using FlashMem.Abstractions.Errors;
using FlashMem.Runtime.Sessions;
using Xunit;

namespace FlashMem.Tests.Support;

/// <summary>What tests of whole models ask again and again.</summary>
internal static class SessionChecks
{
    /// <summary>The smallest budget that works, as the refusal of a byte names it.</summary>
    public static async Task<long> SmallestBudget(string path, SessionOptions options) =>
        (await Assert.ThrowsAsync<BudgetException>(() => StreamingSession.LoadAsync(path, options with { BudgetBytes = 1 }))).SmallestBytes;

    /// <summary>Outputs by name.</summary>
    public static Dictionary<string, byte[]> Bytes(RunResult result) => Bytes(result.Outputs);

    /// <summary>Outputs by name.</summary>
    public static Dictionary<string, byte[]> Bytes(IReadOnlyDictionary<string, Tensor> outputs) =>
        outputs.ToDictionary(output => output.Key, output => output.Value.Bytes.ToArray());

    /// <summary>Largest magnitude of what is expected, and largest difference from it.</summary>
    public static (float Largest, float Difference) Compare(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        float largest = 0;
        float difference = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            difference = Math.Max(difference, Math.Abs(expected[i] - actual[i]));
        }

        return (largest, difference);
    }
}
