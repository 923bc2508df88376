using System.Collections.Immutable;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Tensors;
using FlashMem.Backends.OpenCL.Programs;

namespace FlashMem.Tests.Support;

/// <summary>A kernel of the OpenCL backend made of source text, for tests of the driver underneath the families.</summary>
internal class SourceKernel(string name, ClFunction function, Func<DispatchCommand, ImmutableArray<ClLaunch>> launches) : IClKernel
{
    private const string AddSource = """
        __kernel void add(__global const float* input, uint input_offset, __global float* output, uint output_offset, int value)
        {
            size_t i = get_global_id(0);
            output[output_offset + i] = input[input_offset + i] + (float)value;
        }
        """;

    public KernelDesc Desc { get; } = new CopyKernel
    {
        Name = name,
        Inputs = [TensorView.Dense(ElementType.Float32, Shape.Scalar)],
        Output = TensorView.Dense(ElementType.Float32, Shape.Scalar),
    };

    public ImmutableArray<ClFunction> Functions => [function];

    public ImmutableArray<ClLaunch> Launches(DispatchCommand command) => launches(command);

    /// <summary>Adds a number to every float of its input.</summary>
    /// <param name="value">What to add.</param>
    /// <param name="comment">Makes the source another one.</param>
    public static SourceKernel Add(int value, string comment = "plain")
    {
        var function = new ClFunction($"// {comment}\n{AddSource}", "add");
        return new SourceKernel($"add {value}", function, command =>
        [
            new ClLaunch(
                function,
                [ClArgument.Buffer(command.Inputs[0]), ClArgument.Buffer(command.Output), ClArgument.Int(value)],
                new ClRange(command.Output.Bytes / sizeof(float))),
        ]);
    }

    public static DispatchCommand Command(IClKernel kernel, MemoryRange source, MemoryRange target) =>
        new() { Kernel = kernel, Inputs = [source], Output = target };
}

/// <summary>A kernel that reports a fault when its input's first int is not zero.</summary>
internal sealed class FaultKernel(ClFunction function) : SourceKernel("picky", function, command =>
[
    new ClLaunch(function, [ClArgument.Buffer(command.Inputs[0]), ClArgument.Fault()], new ClRange(1)),
]), IClFallibleKernel
{
    public static FaultKernel Create() => new(new ClFunction(
        """
        __kernel void picky(__global const int* input, uint input_offset, __global int* fault)
        {
            if (input[input_offset] != 0)
            {
                fault[0] = 1;
                fault[1] = input[input_offset];
            }
        }
        """,
        "picky"));

    public RunFailedException Explain(ReadOnlySpan<int> record) => new($"picky met {record[1]}");
}
