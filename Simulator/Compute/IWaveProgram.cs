namespace FlashMem.Simulator.Compute;

/// <summary>
/// What the waves of a kernel do: workgroups of equal size, each wave a sequence of instructions. Pure: the same arguments give the same
/// instruction.
/// </summary>
internal interface IWaveProgram
{
    /// <summary>Workgroups of the whole launch.</summary>
    long Workgroups { get; }

    int WavesPerWorkgroup { get; }

    /// <summary>Workgroups resident on one core at most, by their registers and local memory; the core's wave limit applies as well.</summary>
    int MostWorkgroupsPerCore { get; }

    /// <summary>Instructions of one wave.</summary>
    int InstructionsPerWave { get; }

    /// <summary>Fills in an instruction.</summary>
    void Read(long workgroup, int wave, int index, WaveInstruction instruction);
}
