using ILGPU;
using ILGPU.Runtime.Cuda;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>
/// The tensor cores of NVIDIA GPUs from compute capability 8.0 on, by PTX: sources are read as TF32 (their lower 13 bits do not count),
/// sums are floats. ILGPU's inline PTX has no instruction with four results but by memory, so the sums live in registers that are declared
/// here, one set for the kernel, and the sums that are passed around stand for them. The driver drops those that a kernel does not use.
/// </summary>
internal struct TensorCores : IMultiply
{
    private const string Multiply = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 ";
    private const string Sources = ", {%0, %1, %2, %3}, {%4, %5}, ";
    private const string Sum0 = "{%%fm0, %%fm1, %%fm2, %%fm3}";
    private const string Sum1 = "{%%fm4, %%fm5, %%fm6, %%fm7}";
    private const string Sum2 = "{%%fm8, %%fm9, %%fm10, %%fm11}";
    private const string Sum3 = "{%%fm12, %%fm13, %%fm14, %%fm15}";
    private const string Sum4 = "{%%fm16, %%fm17, %%fm18, %%fm19}";
    private const string Sum5 = "{%%fm20, %%fm21, %%fm22, %%fm23}";
    private const string Sum6 = "{%%fm24, %%fm25, %%fm26, %%fm27}";
    private const string Sum7 = "{%%fm28, %%fm29, %%fm30, %%fm31}";

    public readonly void Begin() => CudaAsm.Emit(
        ".reg .f32 %%fm<32>;\n"
        + "\tmov.f32 %%fm0, 0f00000000;\n\tmov.f32 %%fm1, 0f00000000;\n\tmov.f32 %%fm2, 0f00000000;\n\tmov.f32 %%fm3, 0f00000000;\n"
        + "\tmov.f32 %%fm4, 0f00000000;\n\tmov.f32 %%fm5, 0f00000000;\n\tmov.f32 %%fm6, 0f00000000;\n\tmov.f32 %%fm7, 0f00000000;\n"
        + "\tmov.f32 %%fm8, 0f00000000;\n\tmov.f32 %%fm9, 0f00000000;\n\tmov.f32 %%fm10, 0f00000000;\n\tmov.f32 %%fm11, 0f00000000;\n"
        + "\tmov.f32 %%fm12, 0f00000000;\n\tmov.f32 %%fm13, 0f00000000;\n\tmov.f32 %%fm14, 0f00000000;\n\tmov.f32 %%fm15, 0f00000000;\n"
        + "\tmov.f32 %%fm16, 0f00000000;\n\tmov.f32 %%fm17, 0f00000000;\n\tmov.f32 %%fm18, 0f00000000;\n\tmov.f32 %%fm19, 0f00000000;\n"
        + "\tmov.f32 %%fm20, 0f00000000;\n\tmov.f32 %%fm21, 0f00000000;\n\tmov.f32 %%fm22, 0f00000000;\n\tmov.f32 %%fm23, 0f00000000;\n"
        + "\tmov.f32 %%fm24, 0f00000000;\n\tmov.f32 %%fm25, 0f00000000;\n\tmov.f32 %%fm26, 0f00000000;\n\tmov.f32 %%fm27, 0f00000000;\n"
        + "\tmov.f32 %%fm28, 0f00000000;\n\tmov.f32 %%fm29, 0f00000000;\n\tmov.f32 %%fm30, 0f00000000;\n\tmov.f32 %%fm31, 0f00000000;\n");

    public readonly Float4 MultiplyAdd(int which, Float4 sum, LeftFragment left, float right0, float right1)
    {
        uint a0 = Interop.FloatAsInt(left.A0);
        uint a1 = Interop.FloatAsInt(left.A1);
        uint a2 = Interop.FloatAsInt(left.A2);
        uint a3 = Interop.FloatAsInt(left.A3);
        uint b0 = Interop.FloatAsInt(right0);
        uint b1 = Interop.FloatAsInt(right1);
        switch (which)
        {
            case 0:
                CudaAsm.Emit(Multiply + Sum0 + Sources + Sum0 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 1:
                CudaAsm.Emit(Multiply + Sum1 + Sources + Sum1 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 2:
                CudaAsm.Emit(Multiply + Sum2 + Sources + Sum2 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 3:
                CudaAsm.Emit(Multiply + Sum3 + Sources + Sum3 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 4:
                CudaAsm.Emit(Multiply + Sum4 + Sources + Sum4 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 5:
                CudaAsm.Emit(Multiply + Sum5 + Sources + Sum5 + ";", a0, a1, a2, a3, b0, b1);
                break;
            case 6:
                CudaAsm.Emit(Multiply + Sum6 + Sources + Sum6 + ";", a0, a1, a2, a3, b0, b1);
                break;
            default:
                CudaAsm.Emit(Multiply + Sum7 + Sources + Sum7 + ";", a0, a1, a2, a3, b0, b1);
                break;
        }

        return sum;
    }

    public readonly Float4 Finish(int which, Float4 sum)
    {
        float x;
        float y;
        float z;
        float w;
        switch (which)
        {
            case 0:
                CudaAsm.Emit("mov.f32 %0, %%fm0;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm1;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm2;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm3;", out w);
                break;
            case 1:
                CudaAsm.Emit("mov.f32 %0, %%fm4;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm5;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm6;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm7;", out w);
                break;
            case 2:
                CudaAsm.Emit("mov.f32 %0, %%fm8;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm9;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm10;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm11;", out w);
                break;
            case 3:
                CudaAsm.Emit("mov.f32 %0, %%fm12;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm13;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm14;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm15;", out w);
                break;
            case 4:
                CudaAsm.Emit("mov.f32 %0, %%fm16;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm17;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm18;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm19;", out w);
                break;
            case 5:
                CudaAsm.Emit("mov.f32 %0, %%fm20;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm21;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm22;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm23;", out w);
                break;
            case 6:
                CudaAsm.Emit("mov.f32 %0, %%fm24;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm25;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm26;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm27;", out w);
                break;
            default:
                CudaAsm.Emit("mov.f32 %0, %%fm28;", out x);
                CudaAsm.Emit("mov.f32 %0, %%fm29;", out y);
                CudaAsm.Emit("mov.f32 %0, %%fm30;", out z);
                CudaAsm.Emit("mov.f32 %0, %%fm31;", out w);
                break;
        }

        return new Float4 { X = x, Y = y, Z = z, W = w };
    }
}
