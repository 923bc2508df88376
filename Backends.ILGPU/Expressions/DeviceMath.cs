using ILGPU;

namespace FlashMem.Backends.ILGPU.Expressions;

/// <summary>
/// Transcendental functions from additions and multiplications, so that all accelerators agree and none needs a device library. Polynomials are
/// least-error fits to the function named beside them, rounded to float.
/// </summary>
internal static class DeviceMath
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693145752f;
    private const float Ln2Low = 1.42860677e-6f;
    private const float HalfPi = 1.57079637f;
    private const float Ln2 = 0.693147182f;

    public static float Infinity => Interop.IntAsFloat(0x7F800000u);

    public static float NaN => Interop.IntAsFloat(0x7FC00000u);

    /// <summary>By the bits: optimisers like to think that a number equals itself.</summary>
    public static bool IsNaN(float x) => (Interop.FloatAsInt(x) & 0x7FFFFFFFu) > 0x7F800000u;

    /// <summary>e^x: 0 below -104, infinity above 88.73, NaN for NaN.</summary>
    public static float Exp(float x)
    {
        float c = x < -104f ? -104f : x;
        c = c > 89f ? 89f : c;

        // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
        float shifted = (c * Log2E) + 12582912f;
        float n = shifted - 12582912f;
        float r = c - (n * Ln2High);
        r -= n * Ln2Low;
        float p = (r * 0.00019890989642590284f) + 0.001393364742398262f;
        p = (p * r) + 0.00833331048488617f;
        p = (p * r) + 0.04166646674275398f;
        p = (p * r) + 0.1666666716337204f;
        p = (p * r) + 0.5f;
        p = (p * r * r) + r + 1f;

        // Two factors, because 2^n alone can be below or above the normal numbers.
        int exponent = (int)Interop.FloatAsInt(shifted) - 0x4B400000;
        int half = exponent >> 1;
        float scaled = p * Power2(half) * Power2(exponent - half);
        return IsNaN(x) ? x : scaled;
    }

    /// <summary>Natural logarithm: minus infinity for 0, NaN below.</summary>
    public static float Log(float x)
    {
        // Subnormal numbers are scaled into the normal ones first.
        bool small = x < 1.17549435e-38f;
        uint bits = Interop.FloatAsInt(small ? x * 8388608f : x);

        // x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
        int exponent = (int)(bits - 0x3F3504F3u) >> 23;
        float m = Interop.IntAsFloat(bits - (uint)(exponent << 23)) - 1f;
        float e = small ? exponent - 23 : exponent;
        float p = (m * 7.0376836292e-2f) - 1.1514610310e-1f;
        p = (p * m) + 1.1676998740e-1f;
        p = (p * m) - 1.2420140846e-1f;
        p = (p * m) + 1.4249322787e-1f;
        p = (p * m) - 1.6668057665e-1f;
        p = (p * m) + 2.0000714765e-1f;
        p = (p * m) - 2.4999993993e-1f;
        p = (p * m) + 3.3333331174e-1f;
        float square = m * m;
        float y = p * m * square;
        y += e * -2.12194440e-4f;
        y -= 0.5f * square;
        float result = m + y + (e * 0.693359375f);
        return IsNaN(x) || x < 0f ? NaN : x == 0f ? -Infinity : x == Infinity ? x : result;
    }

    /// <summary>erf(x): a quotient of polynomials of x^2; it is 1 in float beyond 3.92.</summary>
    public static float Erf(float x)
    {
        float t = x < -3.92f ? -3.92f : x;
        t = t > 3.92f ? 3.92f : t;
        float s = t * t;
        float p = (s * 2.0500135633483296e-06f) + 0.00028484954964369535f;
        p = (p * s) + 0.003764820983633399f;
        p = (p * s) + 0.052746206521987915f;
        p = (p * s) + 0.19039008021354675f;
        p = (p * s) + 1.1283791065216064f;
        float q = (s * 3.8089212466729805e-05f) + 0.0011623140890151262f;
        q = (q * s) + 0.014967630617320538f;
        q = (q * s) + 0.11410202831029892f;
        q = (q * s) + 0.5020615458488464f;
        q = (q * s) + 1f;
        return t * p / q;
    }

    public static float Tanh(float x)
    {
        // (tanh(x) / x - 1) / x^2 as a polynomial of x^2 where x^2 < 0.4.
        float s = x * x;
        float small = (s * -0.006045165006071329f) + 0.020961329340934753f;
        small = (small * s) - 0.053843263536691666f;
        small = (small * s) + 0.1333271861076355f;
        small = (small * s) - 0.333333283662796f;
        small = (small * s * x) + x;
        float large = 1f - (2f / (Exp(x + x) + 1f));
        return s < 0.4f ? small : large;
    }

    public static float Sin(float x) => Circular(x, 0);

    public static float Cos(float x) => Circular(x, 1);

    public static float Tan(float x) => Circular(x, 0) / Circular(x, 1);

    public static float Atan(float x)
    {
        float t = x < 0f ? -x : x;
        float start = 0f;
        if (t > 2.41421356f)
        {
            start = HalfPi;
            t = -1f / t;
        }
        else if (t > 0.414213562f)
        {
            start = HalfPi / 2f;
            t = (t - 1f) / (t + 1f);
        }

        float s = t * t;
        float p = (s * 8.05374449538e-2f) - 1.38776856032e-1f;
        p = (p * s) + 1.99777106478e-1f;
        p = (p * s) - 3.33329491539e-1f;
        float result = start + (p * s * t) + t;
        return x < 0f ? -result : result;
    }

    public static float Asin(float x)
    {
        float magnitude = x < 0f ? -x : x;
        float result = magnitude == 1f ? HalfPi : Atan(magnitude / Sqrt((1f - magnitude) * (1f + magnitude)));
        return magnitude > 1f ? NaN : x < 0f ? -result : result;
    }

    public static float Acos(float x) => HalfPi - Asin(x);

    public static float Sinh(float x)
    {
        float s = x * x;
        float small = (((s * (1f / 5040f)) + (1f / 120f)) * s) + (1f / 6f);
        float half = Exp(0.5f * (x < 0f ? -x : x));

        // In two factors: e^x alone overflows before the result does.
        float large = (0.5f * half * half) - (0.5f / half / half);
        return s < 1f ? (small * s * x) + x : x < 0f ? -large : large;
    }

    public static float Cosh(float x)
    {
        float half = Exp(0.5f * (x < 0f ? -x : x));
        return (0.5f * half * half) + (0.5f / half / half);
    }

    public static float Asinh(float x)
    {
        float magnitude = x < 0f ? -x : x;
        float result = magnitude > 1e9f ? Log(magnitude) + Ln2 : LogOnePlus(
            magnitude + (magnitude * magnitude / (1f + Sqrt((magnitude * magnitude) + 1f))));
        return x < 0f ? -result : result;
    }

    public static float Acosh(float x) => x > 1e9f ? Log(x) + Ln2 : LogOnePlus((x - 1f) + Sqrt((x - 1f) * (x + 1f)));

    public static float Atanh(float x) => 0.5f * LogOnePlus(2f * x / (1f - x));

    /// <summary>log(1 + x), exact where x is small: what rounding 1 + x loses is put back.</summary>
    public static float LogOnePlus(float x)
    {
        float sum = 1f + x;
        float kept = sum - 1f;
        return kept == 0f ? x : sum == Infinity ? sum : Log(sum) * (x / kept);
    }

    public static float Sqrt(float x) => MathF.Sqrt(x);

    public static float Absolute(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7FFFFFFFu);

    public static float Floor(float x)
    {
        float truncated = Truncate(x);
        return truncated > x ? truncated - 1f : truncated;
    }

    public static float Ceiling(float x) => -Floor(-x);

    /// <summary>Toward zero; from 2^23 on every float is an integer.</summary>
    public static float Truncate(float x) => Absolute(x) < 8388608f ? (float)(int)x : x;

    /// <summary>To the nearest integer, halves to even.</summary>
    public static float Round(float x)
    {
        float magnitude = Absolute(x);

        // Adding 2^23 leaves no place for a fraction, and the addition rounds halves to even.
        float rounded = (magnitude + 8388608f) - 8388608f;
        return magnitude < 8388608f ? (x < 0f ? -rounded : rounded) : x;
    }

    /// <summary>The remainder with the sign of the dividend, exact: the largest doubled divisors are taken off first.</summary>
    public static float Remainder(float x, float y)
    {
        float left = Absolute(x);
        float divisor = Absolute(y);
        if (!(divisor > 0f) || !(left < Infinity))
        {
            return NaN;
        }

        while (left >= divisor)
        {
            float step = divisor;
            while (step <= 0.5f * left)
            {
                step += step;
            }

            left -= step;
        }

        return x < 0f ? -left : left;
    }

    /// <summary>x^y; small whole exponents by multiplication, roots by the square root.</summary>
    public static float Power(float x, float y)
    {
        float whole = Truncate(y);
        float magnitude = Absolute(y);
        if (whole == y && magnitude <= 64f)
        {
            float result = 1f;
            float factor = x;
            for (int bits = (int)magnitude; bits > 0; bits >>= 1)
            {
                result = (bits & 1) != 0 ? result * factor : result;
                factor *= factor;
            }

            return y < 0f ? 1f / result : result;
        }

        if (magnitude == 0.5f)
        {
            return y > 0f ? Sqrt(x) : 1f / Sqrt(x);
        }

        float power = Exp(y * Log(Absolute(x)));
        bool odd = whole == y && magnitude < 16777216f && ((int)whole & 1) != 0;
        return x < 0f ? (whole != y ? NaN : odd ? -power : power) : power;
    }

    // Sine of x, or of x + pi / 2: x less a multiple of pi / 2 in three parts, then a polynomial for the quadrant.
    private static float Circular(float x, int quadrantShift)
    {
        float n = Round(x * 0.636619747f);
        float r = x - (n * 1.5703125f);
        r -= n * 4.83751297e-4f;
        r -= n * 7.54978942e-8f;
        int quadrant = (int)n + quadrantShift;
        float s = r * r;
        float sine = (s * -1.9515295891e-4f) + 8.3321608736e-3f;
        sine = (sine * s) - 1.6666654611e-1f;
        sine = (sine * s * r) + r;
        float cosine = (s * 2.443315711809948e-5f) - 1.388731625493765e-3f;
        cosine = (cosine * s) + 4.166664568298827e-2f;
        cosine = (cosine * s * s) - (0.5f * s) + 1f;
        float result = (quadrant & 1) != 0 ? cosine : sine;
        return (quadrant & 2) != 0 ? -result : result;
    }

    private static float Power2(int exponent) => Interop.IntAsFloat((uint)(exponent + 127) << 23);
}
