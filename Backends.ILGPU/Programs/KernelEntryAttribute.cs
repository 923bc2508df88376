namespace FlashMem.Backends.ILGPU.Programs;

/// <summary>
/// Marks a static method that is launched, once for every list of type arguments that it is launched with. Tests compile all of them for CUDA.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class KernelEntryAttribute(params Type[] typeArguments) : Attribute
{
    public Type[] TypeArguments { get; } = typeArguments;
}
