using System.Text.Json;
using FlashMem.Cli.Options;
using FlashMem.Scheduling.Plans;
using FlashMem.Scheduling.Verdicts;

namespace FlashMem.Cli.Rendering;

/// <summary>Whether streaming can pay, in a few lines; and as JSON (schema flashmem.verdict/1).</summary>
internal static class VerdictView
{
    private const string Schema = "flashmem.verdict/1";

    /// <summary>Waiting kernels that are named.</summary>
    private const int Named = 3;

    public static void Write(StreamingVerdict verdict, TextWriter output)
    {
        Line("verdict", Sentence(verdict));
        Line("unplanned", string.Join(", ", verdict.Baselines.Select(baseline => $"{baseline.Policy.Name()} {baseline.RunMs:0.#} ms")));
        if (!verdict.Waiting.IsEmpty)
        {
            Line("not hidden", $"{verdict.WaitMs:0.#} ms, before {verdict.Waiting.Length} kernels whose weights come too late:");
            foreach (WaitingKernel kernel in verdict.Waiting.Take(Named))
            {
                Line("", $"{kernel.Name}: {ByteSize.Format(kernel.StreamedBytes)} in {kernel.ArrivalMs:0.##} ms, runs "
                    + $"{kernel.ComputeMs:0.##} ms, waits {kernel.WaitMs:0.##} ms");
            }
        }

        Line("breaks even", $"with {ByteSize.Format(verdict.BreakEvenBytes)} (within {StreamingVerdict.EvenShare * 100:0} % of resident)");

        void Line(string label, string text) => output.WriteLine($"  {label,-14} {text}");
    }

    public static void WriteJson(string target, OverlapPlan plan, StreamingVerdict verdict) => JsonOutput.Write(target, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("schema", Schema);
        writer.WriteString("model", plan.Model);
        writer.WriteString("policy", plan.Policy.Name());
        writer.WriteNumber("budgetBytes", plan.BudgetBytes!.Value);
        writer.WriteString("planHash", PlanJson.Hash(plan));
        writer.WriteNumber("runMs", verdict.RunMs);
        writer.WriteNumber("leastMs", verdict.LeastMs);
        writer.WriteNumber("residentMs", verdict.ResidentMs);
        writer.WriteNumber("residentBytes", verdict.ResidentBytes);
        writer.WriteNumber("slowdown", verdict.Slowdown);
        writer.WriteBoolean("isEven", verdict.IsEven);
        writer.WriteBoolean("cannotBeEven", verdict.CannotBeEven);
        writer.WriteNumber("breakEvenBytes", verdict.BreakEvenBytes);
        writer.WriteNumber("gainOverUnplanned", verdict.GainOverBaselines);
        writer.WriteStartObject("unplannedMs");
        foreach ((PlanPolicy policy, double ms) in verdict.Baselines)
        {
            writer.WriteNumber(policy.Name(), ms);
        }

        writer.WriteEndObject();
        writer.WriteNumber("waitMs", verdict.WaitMs);
        writer.WriteStartArray("waitingKernels");
        foreach (WaitingKernel kernel in verdict.Waiting)
        {
            writer.WriteStartObject();
            writer.WriteString("name", kernel.Name);
            writer.WriteNumber("streamedBytes", kernel.StreamedBytes);
            writer.WriteNumber("arrivalMs", kernel.ArrivalMs);
            writer.WriteNumber("computeMs", kernel.ComputeMs);
            writer.WriteNumber("waitMs", kernel.WaitMs);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static string Sentence(StreamingVerdict verdict)
    {
        string resident = $"a resident run takes {verdict.ResidentMs:0.#} ms and {ByteSize.Format(verdict.ResidentBytes)}";
        string slowdown = $"this one {verdict.Slowdown:0.##} times as long";
        string[] equals = [.. verdict.EvenBaselines.Select(policy => policy.Name())];
        string gain = equals.Length == 0 ? "" : $"; planning gains nothing over {string.Join(", ", equals)}";
        return verdict switch
        {
            { IsEven: true } => $"streaming pays: {resident}, this one is even with it{gain}",
            { CannotBeEven: true } => $"streaming cannot be hidden: {resident}, {slowdown}, and no plan under this budget less than "
                + $"{verdict.LeastMs / verdict.ResidentMs:0.##} times{gain}",
            _ => $"streaming is not quite hidden: {resident}, {slowdown}{gain}",
        };
    }
}
