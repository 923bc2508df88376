using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FlashMem.Backends.Host.Simd;

/// <summary>Sixteen floats: AVX-512.</summary>
internal readonly unsafe struct Lane512(Vector512<float> value) : ILane<Lane512>
{
    private readonly Vector512<float> value = value;

    public static int Count => Vector512<float>.Count;

    public static Lane512 Broadcast(float value) => new(Vector512.Create(value));

    public static Lane512 Load(float* source) => new(Vector512.Load(source));

    public static void Store(Lane512 value, float* destination) => value.value.Store(destination);

    public static Lane512 operator +(Lane512 left, Lane512 right) => new(left.value + right.value);

    public static Lane512 operator -(Lane512 left, Lane512 right) => new(left.value - right.value);

    public static Lane512 operator *(Lane512 left, Lane512 right) => new(left.value * right.value);

    public static Lane512 operator /(Lane512 left, Lane512 right) => new(left.value / right.value);

    public static Lane512 operator &(Lane512 left, Lane512 right) => new(left.value & right.value);

    public static Lane512 operator |(Lane512 left, Lane512 right) => new(left.value | right.value);

    public static Lane512 operator ^(Lane512 left, Lane512 right) => new(left.value ^ right.value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512 MultiplyAdd(Lane512 a, Lane512 b, Lane512 c) => new(Vector512.FusedMultiplyAdd(a.value, b.value, c.value));

    public static Lane512 Min(Lane512 left, Lane512 right) => new(Vector512.Min(left.value, right.value));

    public static Lane512 Max(Lane512 left, Lane512 right) => new(Vector512.Max(left.value, right.value));

    public static Lane512 MinNative(Lane512 left, Lane512 right) => new(Vector512.MinNative(left.value, right.value));

    public static Lane512 MaxNative(Lane512 left, Lane512 right) => new(Vector512.MaxNative(left.value, right.value));

    public static Lane512 Abs(Lane512 value) => new(Vector512.Abs(value.value));

    public static Lane512 Sqrt(Lane512 value) => new(Vector512.Sqrt(value.value));

    public static Lane512 Floor(Lane512 value) => new(Vector512.Floor(value.value));

    public static Lane512 Ceiling(Lane512 value) => new(Vector512.Ceiling(value.value));

    public static Lane512 Round(Lane512 value) => new(Vector512.Round(value.value));

    public static Lane512 Equals(Lane512 left, Lane512 right) => new(Vector512.Equals(left.value, right.value));

    public static Lane512 LessThan(Lane512 left, Lane512 right) => new(Vector512.LessThan(left.value, right.value));

    public static Lane512 LessThanOrEqual(Lane512 left, Lane512 right) => new(Vector512.LessThanOrEqual(left.value, right.value));

    public static Lane512 Select(Lane512 mask, Lane512 left, Lane512 right) =>
        new(Vector512.ConditionalSelect(mask.value, left.value, right.value));

    public static Lane512 IsNonZeroBits(Lane512 value) => new((~Vector512.Equals(value.value.AsInt32(), Vector512<int>.Zero)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane512 Scale(Lane512 value, Lane512 exponent) => new(Avx512F.Scale(value.value, exponent.value));

    public static Lane512 AddInt(Lane512 left, Lane512 right) => new((left.value.AsInt32() + right.value.AsInt32()).AsSingle());

    public static Lane512 SubtractInt(Lane512 left, Lane512 right) => new((left.value.AsInt32() - right.value.AsInt32()).AsSingle());

    public static Lane512 MultiplyInt(Lane512 left, Lane512 right) => new((left.value.AsInt32() * right.value.AsInt32()).AsSingle());

    public static Lane512 MinInt(Lane512 left, Lane512 right) =>
        new(Vector512.Min(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane512 MaxInt(Lane512 left, Lane512 right) =>
        new(Vector512.Max(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane512 EqualsInt(Lane512 left, Lane512 right) =>
        new(Vector512.Equals(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane512 LessThanInt(Lane512 left, Lane512 right) =>
        new(Vector512.LessThan(left.value.AsInt32(), right.value.AsInt32()).AsSingle());

    public static Lane512 ToFloat(Lane512 value) => new(Vector512.ConvertToSingle(value.value.AsInt32()));

    public static Lane512 ToInt(Lane512 value) => new(Vector512.ConvertToInt32(value.value).AsSingle());

    public static float Sum(Lane512 value) => Vector512.Sum(value.value);

    public static float MaxAcross(Lane512 value)
    {
        float largest = value.value[0];
        for (int i = 1; i < Count; i++)
        {
            largest = MathF.Max(largest, value.value[i]);
        }

        return largest;
    }
}
