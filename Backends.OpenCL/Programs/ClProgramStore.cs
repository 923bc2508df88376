using System.Text;
using FlashMem.Abstractions.Errors;
using FlashMem.Backends.OpenCL.Native;
using Silk.NET.OpenCL;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>
/// Every program of a device, each compiled once: equal sources share a program, equal functions a kernel object. Thread-safe.
/// </summary>
internal sealed unsafe class ClProgramStore : IDisposable
{
    private readonly object gate = new();
    private readonly ClContext context;
    private readonly Dictionary<string, nint> programs = [];
    private readonly Dictionary<ClFunction, ClKernelObject> kernels = [];

    public ClProgramStore(ClContext context) => this.context = context;

    /// <summary>What every program is compiled with.</summary>
    public static string BuildOptions => "-cl-std=CL1.2 -cl-mad-enable";

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
            program = Compile(source);
            programs.Add(source, program);
        }

        return program;
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

        return program;
    }

    private int Build(nint program)
    {
        nint device = context.Device.DeviceHandle;
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
