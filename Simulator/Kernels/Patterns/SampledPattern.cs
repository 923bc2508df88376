using FlashMem.Simulator.Compute;

namespace FlashMem.Simulator.Kernels.Patterns;

/// <summary>A pattern with fewer iterations of its long loops: the first of each. The rest of the launch is as it is.</summary>
internal sealed class SampledPattern : IWaveProgram
{
    private readonly KernelPattern pattern;
    private readonly int[] ends;

    /// <param name="pattern">The whole pattern.</param>
    /// <param name="iterations">Iterations of every stage of it.</param>
    public SampledPattern(KernelPattern pattern, ReadOnlySpan<int> iterations)
    {
        this.pattern = pattern;
        ends = new int[iterations.Length];
        int instructions = 0;
        for (int i = 0; i < iterations.Length; i++)
        {
            instructions += iterations[i] * pattern.Stages[i].Steps;
            ends[i] = instructions;
        }
    }

    public long Workgroups => pattern.Workgroups;

    public int WavesPerWorkgroup => pattern.WavesPerWorkgroup;

    public int MostWorkgroupsPerCore => pattern.MostWorkgroupsPerCore;

    public int InstructionsPerWave => ends[^1];

    public void Read(long workgroup, int wave, int index, WaveInstruction instruction)
    {
        int stage = 0;
        while (index >= ends[stage])
        {
            stage++;
        }

        (int iteration, int step) = Math.DivRem(index - (stage == 0 ? 0 : ends[stage - 1]), pattern.Stages[stage].Steps);
        pattern.Read(workgroup, wave, stage, iteration, step, instruction);
    }
}
