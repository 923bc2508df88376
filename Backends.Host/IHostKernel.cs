using FlashMem.Abstractions.Devices;
using FlashMem.Backends.Host.Workers;

namespace FlashMem.Backends.Host;

/// <summary>
/// A kernel of the host device. <see cref="Run"/> blocks until the result is in place; it is called from one thread at a time, may use
/// every worker of the pool, and reads operands and weight chunks where <see cref="MemoryRange.HostAddress"/> says they are.
/// </summary>
internal interface IHostKernel : ICompiledKernel
{
    void Run(DispatchCommand command, WorkerPool workers);
}
