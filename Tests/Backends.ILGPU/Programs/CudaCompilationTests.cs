using System.Reflection;
using FlashMem.Backends.ILGPU.Device;
using FlashMem.Backends.ILGPU.Programs;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace FlashMem.Tests.Backends.Ilgpu.Programs;

/// <summary>
/// Every entry point becomes code for an NVIDIA GPU, which needs neither the GPU nor its driver: what ILGPU cannot translate is found on any
/// machine. The driver still has to accept the code.
/// </summary>
public sealed class CudaCompilationTests : IDisposable
{
    private readonly Context context = Context.Create(builder => builder.CPU(new CPUDevice(4, 1, 1)).Optimize(OptimizationLevel.O2));

    public static TheoryData<string> Entries =>
        [.. All().Select(entry => entry.Name).Distinct()];

    [Theory]
    [MemberData(nameof(Entries))]
    public void An_entry_point_compiles_for_cuda_with_all_its_type_arguments(string name)
    {
        using var backend = new PTXBackend(context, new CudaArchitecture(8, 0), new CudaInstructionSet(7, 8), null!);
        foreach ((string _, MethodInfo method) in All().Where(entry => entry.Name == name))
        {
            CompiledKernel kernel = backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), default(KernelSpecialization));

            string code = Assert.IsType<PTXCompiledKernel>(kernel).PTXAssembly;
            Assert.Contains(".visible .entry", code);
            if (Environment.GetEnvironmentVariable("FLASHMEM_PTX") is { Length: > 0 } folder)
            {
                string file = $"{name}.{string.Join(".", method.GetGenericArguments().Select(type => type.Name))}.ptx";
                File.WriteAllText(Path.Combine(folder, file), code);
            }
        }
    }

    public void Dispose() => context.Dispose();

    private static IEnumerable<(string Name, MethodInfo Method)> All() =>
        from type in typeof(IlgpuDevice).Assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        from entry in method.GetCustomAttributes<KernelEntryAttribute>()
        select ($"{type.Name}.{method.Name}", entry.TypeArguments.Length == 0 ? method : method.MakeGenericMethod(entry.TypeArguments));
}
