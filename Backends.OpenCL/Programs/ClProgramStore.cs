using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// Every program of a device, each made once, from the program cache or from source: equal sources share a program, equal functions a
/// kernel object. Thread-safe.
/// </summary>
internal sealed unsafe class ClProgramStore : IDisposable
{
    private readonly object gate = new();
    private readonly ClContext context;
    private readonly Dictionary<string, nint> programs = [];
    private readonly Dictionary<ClFunction, ClKernelObject> kernels = [];

    private readonly ProgramCache? cache;
    private int compiled;
    private int hits;
    private int discarded;
    private string? problem;
    private int fresh;

    /// <param name="context">The device's context.</param>
    /// <param name="cacheDirectory">Where compiled programs are kept; null for nowhere.</param>
    public ClProgramStore(ClContext context, string? cacheDirectory)
    {
        this.context = context;
        cache = cacheDirectory is null ? null : new ProgramCache(cacheDirectory);
    }

    /// <summary>What every program is compiled with. No warnings: drivers print that there are some on the standard error of the process.</summary>
    public static string BuildOptions => "-cl-std=CL1.2 -cl-mad-enable -w";

    public OpenClProgramStatistics Statistics
    {
        get
        {
            lock (gate)
            {
                return new OpenClProgramStatistics(compiled, hits, discarded, problem);
            }
        }
    }

    /// <summary>True once after programs were made since the last call.</summary>
    public bool TakeFresh() => Interlocked.Exchange(ref fresh, 0) != 0;

    /// <summary>The function's kernel object; compiles where that has not happened, or throws with the driver's build log.</summary>
    public ClKernelObject Get(ClFunction function)
    {
        lock (gate)
        {
            if (!kernels.TryGetValue(function, out ClKernelObject? kernel))
            {
                kernel = CreateKernel(ProgramOf(function.Source), function.Entry);
                kernels.Add(function, kernel);
            }

            return kernel;
        }
    }

    public void Dispose()
    {
        foreach (ClKernelObject kernel in kernels.Values)
        {
            context.ReleaseKernel(kernel.Handle);
        }

        foreach (nint program in programs.Values)
        {
            context.ReleaseProgram(program);
        }

        kernels.Clear();
        programs.Clear();
    }

    private nint ProgramOf(string source)
    {
        if (!programs.TryGetValue(source, out nint program))
        {
            program = Make(source);
            programs.Add(source, program);
            Volatile.Write(ref fresh, 1);
        }

        return program;
    }

    private nint Make(string source)
    {
        if (cache is null)
        {
            return Compile(source);
        }

        ProgramKey key = ProgramKey.Of(source, BuildOptions, context.Device);
        byte[]? binary = cache.Read(key, out string? refusal);
        nint program = 0;
        if (binary is not null && !TryLoad(binary, out program, out refusal))
        {
            refusal = $"{cache.PathOf(key)}: {refusal}";
            cache.Delete(key);
        }

        if (program != 0)
        {
            hits++;
            return program;
        }

        discarded += refusal is null ? 0 : 1;
        problem = refusal ?? problem;
        program = Compile(source);
        problem = cache.Write(key, BinaryOf(program)) ?? problem;
        return program;
    }

    private bool TryLoad(byte[] binary, out nint program, out string? refusal)
    {
        nint device = context.Device.DeviceHandle;
        int status;
        int binaryStatus;
        fixed (byte* start = binary)
        {
            byte* pointer = start;
            nuint length = (nuint)binary.Length;
            program = context.Api.CreateProgramWithBinary(context.Handle, 1, &device, &length, &pointer, &binaryStatus, &status);
        }

        if (status != 0)
        {
            refusal = $"the driver refused it with {ClStatus.Name(status)} ({status})";
            program = 0;
            return false;
        }

        context.Handles.Add(ClHandleKind.Program);
        int built = binaryStatus != 0 ? binaryStatus : Build(program);
        if (built != 0)
        {
            refusal = $"the driver refused it with {ClStatus.Name(built)} ({built})";
            context.ReleaseProgram(program);
            program = 0;
            return false;
        }

        refusal = null;
        return true;
    }

    private byte[] BinaryOf(nint program)
    {
        nuint length = 0;
        ClStatus.Check(
            context.Api.GetProgramInfo(program, ProgramInfo.BinarySizes, (nuint)sizeof(nuint), &length, null), "clGetProgramInfo", "sizes");
        var binary = new byte[length];
        fixed (byte* start = binary)
        {
            byte* pointer = start;
            ClStatus.Check(
                context.Api.GetProgramInfo(program, ProgramInfo.Binaries, (nuint)sizeof(byte*), &pointer, null),
                "clGetProgramInfo",
                "binaries");
        }

        return binary;
    }

    private nint Compile(string source)
    {
        byte[] text = Encoding.UTF8.GetBytes(source);
        nint program;
        fixed (byte* start = text)
        {
            byte* pointer = start;
            nuint length = (nuint)text.Length;
            int status;
            program = context.Api.CreateProgramWithSource(context.Handle, 1, &pointer, &length, &status);
            ClStatus.Check(status, "clCreateProgramWithSource");
        }

        context.Handles.Add(ClHandleKind.Program);
        int built = Build(program);
        if (built != 0)
        {
            string log = BuildLog(program);
            context.ReleaseProgram(program);
            throw ClStatus.Error(built, "clBuildProgram", log);
        }

        compiled++;
        return program;
    }

    private int Build(nint program)
    {
        nint device = context.Device.DeviceHandle;
        using SignalHandlers? handlers = SignalHandlers.Save();
        return context.Api.BuildProgram(program, 1, &device, BuildOptions, null!, null);
    }

    private string BuildLog(nint program)
    {
        nuint bytes = 0;
        nint device = context.Device.DeviceHandle;
        if (context.Api.GetProgramBuildInfo(program, device, ProgramBuildInfo.BuildLog, 0, null, &bytes) != 0 || bytes == 0)
        {
            return "no build log";
        }

        var log = new byte[bytes];
        fixed (byte* start = log)
        {
            _ = context.Api.GetProgramBuildInfo(program, device, ProgramBuildInfo.BuildLog, bytes, start, null);
        }

        return Encoding.UTF8.GetString(log).TrimEnd('\0').Trim();
    }

    private ClKernelObject CreateKernel(nint program, string entry)
    {
        int status;
        nint kernel = context.Api.CreateKernel(program, entry, &status);
        if (status != 0)
        {
            throw new DeviceException($"opencl: clCreateKernel failed with {ClStatus.Name(status)} ({status}): no function {entry}");
        }

        context.Handles.Add(ClHandleKind.Kernel);
        return new ClKernelObject(context, kernel, entry);
    }
}
