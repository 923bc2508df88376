using System.IO.Hashing;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Scheduling.Plans;

/// <summary>Plan files: JSON a person can read, one line per step. See docs/plan-format.md.</summary>
public static class PlanJson
{
    /// <summary>Writes a plan as UTF-8; equal plans give equal bytes.</summary>
    public static void Write(Stream utf8, OverlapPlan plan) => utf8.Write(Bytes(plan));

    /// <summary>Reads a plan back.</summary>
    /// <exception cref="UsageException">Not JSON, another schema, a missing or unknown member, or a number out of range.</exception>
    public static OverlapPlan Read(ReadOnlySpan<byte> utf8) => PlanJsonReader.Read(utf8);

    /// <summary>Reads a plan file; errors name it.</summary>
    public static OverlapPlan ReadFile(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception cause) when (cause is UsageException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the plan '{path}': {cause.Message}", cause);
        }
    }

    /// <summary>Identity of a plan: XxHash128 (hex) of its JSON without the solve time.</summary>
    public static string Hash(OverlapPlan plan) => Convert.ToHexStringLower(XxHash128.Hash(Bytes(plan with { SolveMs = null })));

    private static byte[] Bytes(OverlapPlan plan) => new PlanJsonWriter().Write(plan);
}
