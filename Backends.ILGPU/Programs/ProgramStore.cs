using System.Collections.Concurrent;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;

namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>Compiled entry points of one accelerator, each compiled when it is first asked for. Thread-safe.</summary>
internal sealed class ProgramStore(Accelerator accelerator)
{
    private readonly ConcurrentDictionary<MethodInfo, Lazy<Delegate>> loaded = new();

    /// <summary>Entry points compiled so far.</summary>
    public int Count => loaded.Count;

    /// <summary>The launcher of an entry point that takes operands and arguments of its own.</summary>
    public Action<AcceleratorStream, KernelConfig, TOperands, TArguments> Get<TOperands, TArguments>(Action<TOperands, TArguments> entry)
        where TOperands : struct
        where TArguments : struct =>
        (Action<AcceleratorStream, KernelConfig, TOperands, TArguments>)loaded.GetOrAdd(
            entry.Method, _ => new Lazy<Delegate>(() => Bound().LoadKernel(entry))).Value;

    /// <summary>The launcher of an entry point with a third argument.</summary>
    public Action<AcceleratorStream, KernelConfig, TOperands, TArguments, TMore> Get<TOperands, TArguments, TMore>(
        Action<TOperands, TArguments, TMore> entry)
        where TOperands : struct
        where TArguments : struct
        where TMore : struct =>
        (Action<AcceleratorStream, KernelConfig, TOperands, TArguments, TMore>)loaded.GetOrAdd(
            entry.Method, _ => new Lazy<Delegate>(() => Bound().LoadKernel(entry))).Value;

    // Kernels are prepared on whatever thread opens a session.
    private Accelerator Bound()
    {
        accelerator.Bind();
        return accelerator;
    }
}
