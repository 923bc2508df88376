using ILGPU;

namespace FlashMem.Backends.ILGPU.Products;

/// <summary>A lane's part of a left-hand tile of 16 rows by 8 steps: with g = lane / 4 and t = lane % 4, rows g and g + 8, steps t and t + 4.</summary>
internal struct LeftFragment
{
    /// <summary>Row g, step t.</summary>
    public float A0;

    /// <summary>Row g + 8, step t.</summary>
    public float A1;

    /// <summary>Row g, step t + 4.</summary>
    public float A2;

    /// <summary>Row g + 8, step t + 4.</summary>
    public float A3;

    /// <summary>The TF32 numbers that floats begin with: their upper 11 bits.</summary>
    public static LeftFragment Upper(LeftFragment whole) => new()
    {
        A0 = Upper(whole.A0), A1 = Upper(whole.A1), A2 = Upper(whole.A2), A3 = Upper(whole.A3),
    };

    /// <summary>What is left of floats without these.</summary>
    public static LeftFragment Rest(LeftFragment whole, LeftFragment upper) => new()
    {
        A0 = Rest(whole.A0, upper.A0), A1 = Rest(whole.A1, upper.A1), A2 = Rest(whole.A2, upper.A2), A3 = Rest(whole.A3, upper.A3),
    };

    private static float Upper(float whole) => Interop.IntAsFloat(Interop.FloatAsInt(whole) & 0xFFFFE000u);

    // Of infinity nothing is left; the difference would be no number.
    private static float Rest(float whole, float upper) =>
        (Interop.FloatAsInt(whole) & 0x7F800000u) == 0x7F800000u ? 0f : whole - upper;
}

/// <summary>
/// Products of tiles by a whole warp of 32: 16 rows by 8 steps times 8 steps by 8 columns, up to eight sums a warp. A lane's right-hand part
/// are steps t and t + 4 of column g; of a sum it holds columns 2 t and 2 t + 1 of row g (X, Y), and of row g + 8 (Z, W). A type argument.
/// </summary>
internal interface IMultiply
{
    /// <summary>All sums are zero from now on.</summary>
    void Begin();

    /// <summary>Adds a product to one of the sums. What is returned stands for the sum and goes into the next call.</summary>
    Float4 MultiplyAdd(int which, Float4 sum, LeftFragment left, float right0, float right1);

    /// <summary>One of the sums, once all is added.</summary>
    Float4 Finish(int which, Float4 sum);
}
