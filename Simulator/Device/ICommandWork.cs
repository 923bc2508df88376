using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Kernels;

namespace FlashMem.Simulator.Device;

/// <summary>What a command or read costs; times in picoseconds.</summary>
/// <param name="Client">Who uses DRAM.</param>
/// <param name="Launch">Before it starts.</param>
/// <param name="Alone">From its start to its end with nothing beside it.</param>
/// <param name="DramBytes">DRAM traffic.</param>
/// <param name="Class">Operator class of a kernel; null for anything else.</param>
/// <param name="Cores">Shader cores that work; 0 for copies, and where nobody knows.</param>
internal readonly record struct CommandTime(
    DramClient Client, long Launch, long Alone, long DramBytes, OperatorClass? Class = null, int Cores = 0);

/// <summary>Times commands when they start and carries them out when they are complete.</summary>
internal interface ICommandWork
{
    CommandTime Time(DispatchCommand command);

    CommandTime Time(CopyCommand command);

    /// <summary>Throws what becomes the failure of the command's signal.</summary>
    void Complete(DispatchCommand command);

    void Complete(CopyCommand command);
}
