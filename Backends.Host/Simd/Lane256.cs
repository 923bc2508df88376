using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FlashMem.Backends.Host.Simd;

/// <summary>Eight floats: AVX2.</summary>
internal readonly unsafe struct Lane256(Vector256<float> value) : ILane<Lane256>
{
    private readonly Vector256<float> value = value;

    public static int Count => Vector256<float>.Count;

    public static Lane256 Broadcast(float value) => new(Vector256.Create(value));

    public static Lane256 Load(float* source) => new(Vector256.Load(source));

    public static void Store(Lane256 value, float* destination) => value.value.Store(destination);

    public static Lane256 operator +(Lane256 left, Lane256 right) => new(left.value + right.value);

    public static Lane256 operator -(Lane256 left, Lane256 right) => new(left.value - right.value);

    public static Lane256 operator *(Lane256 left, Lane256 right) => new(left.value * right.value);

    public static Lane256 operator /(Lane256 left, Lane256 right) => new(left.value / right.value);

    public static Lane256 operator &(Lane256 left, Lane256 right) => new(left.value & right.value);

    public static Lane256 operator |(Lane256 left, Lane256 right) => new(left.value | right.value);

    public static Lane256 operator ^(Lane256 left, Lane256 right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256 MultiplyAdd(Lane256 a, Lane256 b, Lane256 c) => new(Vector256.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lane256 Min(Lane256 left, Lane256 right) => new(Vector256.Min(left.value, right.value));

    public static Lane256 Max(Lane256 left, Lane256 right) => new(Vector256.Max(left.value, right.value));

    public static Lane256 MinNative(Lane256 left, Lane256 right) => new(Vector256.MinNative(left.value, right.value));

    public static Lane256 MaxNative(Lane256 left, Lane256 right) => new(Vector256.MaxNative(left.value, right.value));

    public static Lane256 Abs(Lane256 value) => new(Vector256.Abs(value.value));

    public static Lane256 Sqrt(Lane256 value) => new(Vector256.Sqrt(value.value));

    public static Lane256 Floor(Lane256 value) => new(Vector256.Floor(value.value));

    public static Lane256 Ceiling(Lane256 value) => new(Vector256.Ceiling(value.value));

    public static Lane256 Round(Lane256 value) => new(Vector256.Round(value.value));

    public static Lane256 Equals(Lane256 left, Lane256 right) => new(Vector256.Equals(left.value, right.value));

    public static Lane256 LessThan(Lane256 left, Lane256 right) => new(Vector256.LessThan(left.value, right.value));

    public static Lane256 LessThanOrEqual(Lane256 left, Lane256 right) => new(Vector256.LessThanOrEqual(left.value, right.value));

    public static Lane256 Select(Lane256 mask, Lane256 left, Lane256 right) =>
        new(Vector256.ConditionalSelect(mask.value, left.value, right.value));

    public static Lane256 IsNonZeroBits(Lane256 value) => new((~Vector256.Equals(value.value.AsInt32(), Vector256<int>.Zero)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane256 Scale(Lane256 value, Lane256 exponent)
    {
        // Two factors, because 2^exponent alone leaves the exponent's range at both ends.
        Vector256<int> whole = Vector256.ConvertToInt32Native(exponent.value);
        Vector256<int> half = Vector256.ShiftRightArithmetic(whole, 1);
        return new(value.value * PowerOfTwo(half) * PowerOfTwo(whole - half));
    }

    public static Lane256 AddInt(Lane256 left, Lane256 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    public static Lane256 SubtractInt(Lane256 left, Lane256 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    public static Lane256 MultiplyInt(Lane256 left, Lane256 right) => new((left.value.AsInt32() * right.value.AsInt32()).AsSingle());

    public static Lane256 MinInt(Lane256 left, Lane256 right) =>
        new(Vector256.Min(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane256 MaxInt(Lane256 left, Lane256 right) =>
        new(Vector256.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane256 EqualsInt(Lane256 left, Lane256 right) =>
        new(Vector256.Equals(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane256 LessThanInt(Lane256 left, Lane256 right) =>
        new(Vector256.LessThan(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane256 ToFloat(Lane256 value) => new(Vector256.ConvertToSingle(value.value.AsInt32()));

    public static Lane256 ToInt(Lane256 value) => new(Vector256.ConvertToInt32(value.value).AsSingle());

    public static float Sum(Lane256 value) => Vector256.Sum(value.value);

    public static float MaxAcross(Lane256 value)
    {
        float largest = value.value[0];
        for (int i = 1; i < Count; i++)
        {
            largest = MathF.Max(largest, value.value[i]);
        }

        return largest;
    }

    private static Vector256<float> PowerOfTwo(Vector256<int> exponent) =>
        Vector256.ShiftLeft(exponent + Vector256.Create(127), 23).AsSingle();
}
