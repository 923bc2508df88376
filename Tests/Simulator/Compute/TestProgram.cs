using FlashMem.Simulator.Compute;

namespace FlashMem.Tests.Simulator.Compute;

/// <summary>A program given as a list of instructions that every wave runs.</summary>
internal sealed class TestProgram(params Action<long, int, WaveInstruction>[] steps) : IWaveProgram
{
    public long Workgroups { get; init; } = 1;

    public int WavesPerWorkgroup { get; init; } = 1;

    public int MostWorkgroupsPerCore { get; init; } = int.MaxValue;

    public int InstructionsPerWave => steps.Length;

    public void Read(long workgroup, int wave, int index, WaveInstruction instruction) => steps[index](workgroup, wave, instruction);

    public static Action<long, int, WaveInstruction> Do(WaveOp op, int amount, int mostInFlight = -1) =>
        (_, _, instruction) => instruction.Set(op, amount, 64, mostInFlight);

    public static Action<long, int, WaveInstruction> ReadTexture(ulong key, int mostInFlight = -1) => (_, _, instruction) =>
    {
        instruction.Set(WaveOp.TextureRead, 0, 64, mostInFlight);
        instruction.AddLine(key);
    };
}
