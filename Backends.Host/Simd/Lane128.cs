using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Simd;

/// <summary>Four floats: SSE, NEON, and any machine through the runtime's software fallback.</summary>
internal readonly unsafe struct Lane128(Vector128<float> value) : ILane<Lane128>
{
    private readonly Vector128<float> value = value;

    public static int Count => Vector128<float>.Count;

    public static Lane128 Broadcast(float value) => new(Vector128.Create(value));

    public static Lane128 Load(float* source) => new(Vector128.Load(source));

    public static void Store(Lane128 value, float* destination) => value.value.Store(destination);

    public static Lane128 operator +(Lane128 left, Lane128 right) => new(left.value + right.value);

    public static Lane128 operator -(Lane128 left, Lane128 right) => new(left.value - right.value);

    public static Lane128 operator *(Lane128 left, Lane128 right) => new(left.value * right.value);

    public static Lane128 operator /(Lane128 left, Lane128 right) => new(left.value / right.value);

    public static Lane128 operator &(Lane128 left, Lane128 right) => new(left.value & right.value);

    public static Lane128 operator |(Lane128 left, Lane128 right) => new(left.value | right.value);

    public static Lane128 operator ^(Lane128 left, Lane128 right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 MultiplyAdd(Lane128 a, Lane128 b, Lane128 c) => new(Vector128.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lane128 Min(Lane128 left, Lane128 right) => new(Vector128.Min(left.value, right.value));

    public static Lane128 Max(Lane128 left, Lane128 right) => new(Vector128.Max(left.value, right.value));

    public static Lane128 MinNative(Lane128 left, Lane128 right) => new(Vector128.MinNative(left.value, right.value));

    public static Lane128 MaxNative(Lane128 left, Lane128 right) => new(Vector128.MaxNative(left.value, right.value));

    public static Lane128 Abs(Lane128 value) => new(Vector128.Abs(value.value));

    public static Lane128 Sqrt(Lane128 value) => new(Vector128.Sqrt(value.value));

    public static Lane128 Floor(Lane128 value) => new(Vector128.Floor(value.value));

    public static Lane128 Ceiling(Lane128 value) => new(Vector128.Ceiling(value.value));

    public static Lane128 Round(Lane128 value) => new(Vector128.Round(value.value));

    public static Lane128 Equals(Lane128 left, Lane128 right) => new(Vector128.Equals(left.value, right.value));

    public static Lane128 LessThan(Lane128 left, Lane128 right) => new(Vector128.LessThan(left.value, right.value));

    public static Lane128 LessThanOrEqual(Lane128 left, Lane128 right) => new(Vector128.LessThanOrEqual(left.value, right.value));

    public static Lane128 Select(Lane128 mask, Lane128 left, Lane128 right) =>
        new(Vector128.ConditionalSelect(mask.value, left.value, right.value));

    public static Lane128 IsNonZeroBits(Lane128 value) => new((~Vector128.Equals(value.value.AsInt32(), Vector128<int>.Zero)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane128 Scale(Lane128 value, Lane128 exponent)
    {
        // Two factors, because 2^exponent alone leaves the exponent's range at both ends.
        Vector128<int> whole = Vector128.ConvertToInt32Native(exponent.value);
        Vector128<int> half = Vector128.ShiftRightArithmetic(whole, 1);
        return new(value.value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    public static Lane128 AddInt(Lane128 left, Lane128 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    public static Lane128 SubtractInt(Lane128 left, Lane128 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    public static Lane128 MultiplyInt(Lane128 left, Lane128 right) => new((left.value.AsInt32() * right.value.AsInt32()).AsSingle());

    public static Lane128 MinInt(Lane128 left, Lane128 right) =>
        new(Vector128.Min(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane128 MaxInt(Lane128 left, Lane128 right) =>
        new(Vector128.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane128 EqualsInt(Lane128 left, Lane128 right) =>
        new(Vector128.Equals(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane128 LessThanInt(Lane128 left, Lane128 right) =>
        new(Vector128.LessThan(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane128 ToFloat(Lane128 value) => new(Vector128.ConvertToSingle(value.value.AsInt32()));

    public static Lane128 ToInt(Lane128 value) => new(Vector128.ConvertToInt32(value.value).AsSingle());

    public static float Sum(Lane128 value) => Vector128.Sum(value.value);

    public static float MaxAcross(Lane128 value)
    {
        float largest = value.value[0];
        for (int i = 1; i < Count; i++)
        {
            largest = MathF.Max(largest, value.value[i]);
        }

        return largest;
    }

    private static Vector128<float> PowerOfTwo(Vector128<int> exponent) =>
        Vector128.ShiftLeft(exponent + Vector128.Create(127), 23).AsSingle();
}
