// Primitives of fused expressions that are not one operator or builtin. Added once per vector width (ClSource.Math) with
//   REAL, INT, UINT, LONG   the types of that width
//   NAME(f)                 f for scalars, f4 for vectors of 4
//   CONVERT(t), SATURATE(t), BITS(t)   convert_t, convert_t_sat, as_t of that width
// CPU is 1 where the compiler should see straight code that it can turn into vectors, 0 where the driver's builtins are better.
// Conditions are integers: 1 for true in scalars, -1 in vectors; "& 1" makes both the 0 or 1 that registers hold.

// e^x within 2 units in the last place: 0 below -104, infinity above 88.73, NaN for NaN.
static inline REAL NAME(fm_exp)(REAL x)
{
#if CPU
    REAL c = x < -104.0f ? (REAL)(-104.0f) : x;
    c = c > 89.0f ? (REAL)(89.0f) : c;
    // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
    REAL shifted = c * 1.44269504f + 12582912.0f;
    REAL n = shifted - 12582912.0f;
    REAL r = c - n * 0.693145752f;
    r = r - n * 1.42860677e-6f;
    REAL p = r * 0.00019890989642590284f + 0.001393364742398262f;
    p = p * r + 0.00833331048488617f;
    p = p * r + 0.04166646674275398f;
    p = p * r + 0.1666666716337204f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    // Two factors, because 2^n alone can be below or above the normal numbers.
    INT exponent = BITS(int)(shifted) - 0x4B400000;
    INT half_exponent = exponent >> 1;
    return p * BITS(float)((half_exponent + 127) << 23) * BITS(float)((exponent - half_exponent + 127) << 23);
#else
    return exp(x);
#endif
}

// erf(x) with absolute and relative error below 3e-7: a quotient of polynomials of x^2; erf is 1 in float beyond 3.92.
static inline REAL NAME(fm_erf)(REAL x)
{
    REAL t = x < -3.92f ? (REAL)(-3.92f) : x;
    t = t > 3.92f ? (REAL)(3.92f) : t;
    REAL s = t * t;
    REAL p = s * 2.0500135633483296e-06f + 0.00028484954964369535f;
    p = p * s + 0.003764820983633399f;
    p = p * s + 0.052746206521987915f;
    p = p * s + 0.19039008021354675f;
    p = p * s + 1.1283791065216064f;
    REAL q = s * 3.8089212466729805e-05f + 0.0011623140890151262f;
    q = q * s + 0.014967630617320538f;
    q = q * s + 0.11410202831029892f;
    q = q * s + 0.5020615458488464f;
    q = q * s + 1.0f;
    return t * p / q;
}

static inline REAL NAME(fm_tanh)(REAL x)
{
    // (tanh(x) / x - 1) / x^2 as a polynomial of x^2 where x^2 < 0.4.
    REAL s = x * x;
    REAL small = s * -0.006045165006071329f + 0.020961329340934753f;
    small = small * s - 0.053843263536691666f;
    small = small * s + 0.1333271861076355f;
    small = small * s - 0.333333283662796f;
    small = small * s * x + x;
    REAL large = 1.0f - 2.0f / (NAME(fm_exp)(x + x) + 1.0f);
    return s < 0.4f ? small : large;
}

static inline REAL NAME(fm_sigmoid)(REAL x) { return 1.0f / (1.0f + NAME(fm_exp)(-x)); }

static inline REAL NAME(fm_silu)(REAL x) { return x / (1.0f + NAME(fm_exp)(-x)); }

static inline REAL NAME(fm_gelu)(REAL x)
{
    REAL h = x * 0.5f;
    return h * NAME(fm_erf)(x * 0.70710678f) + h;
}

// 0.5 x (1 + tanh(u)) with u = sqrt(2 / pi) (x + 0.044715 x^3) is x * sigmoid(2 u).
static inline REAL NAME(fm_gelu_tanh)(REAL x)
{
    REAL cubic = x * x * 0.0713548162726f + 1.5957691216f;
    return x / (1.0f + NAME(fm_exp)(-(cubic * x)));
}

// log(1 + e^x) without overflow.
static inline REAL NAME(fm_softplus)(REAL x)
{
    return (x < 0.0f ? (REAL)(0.0f) : x) + log1p(NAME(fm_exp)(-fabs(x)));
}

// Operators by name, for reductions.
static inline REAL NAME(fm_add)(REAL x, REAL y) { return x + y; }

static inline REAL NAME(fm_mul)(REAL x, REAL y) { return x * y; }

// NaN when either is.
static inline REAL NAME(fm_min)(REAL x, REAL y) { return ((x < y) | (x != x)) ? x : y; }

static inline REAL NAME(fm_max)(REAL x, REAL y) { return ((x > y) | (x != x)) ? x : y; }

// Keeps NaN.
static inline REAL NAME(fm_relu)(REAL x) { return x < 0.0f ? (REAL)(0.0f) : x; }

// Zero and NaN stay as they are.
static inline REAL NAME(fm_sign)(REAL x) { return x > 0.0f ? (REAL)(1.0f) : (x < 0.0f ? (REAL)(-1.0f) : x); }

// The remainder with the sign of the divisor.
static inline REAL NAME(fm_floor_mod)(REAL x, REAL y)
{
    REAL r = fmod(x, y);
    return ((r != 0.0f) & ((r < 0.0f) ^ (y < 0.0f))) ? r + y : r;
}

// Integers wrap around.
static inline INT NAME(fm_add_int)(INT x, INT y) { return BITS(int)(BITS(uint)(x) + BITS(uint)(y)); }

static inline INT NAME(fm_sub_int)(INT x, INT y) { return BITS(int)(BITS(uint)(x) - BITS(uint)(y)); }

static inline INT NAME(fm_mul_int)(INT x, INT y) { return BITS(int)(BITS(uint)(x) * BITS(uint)(y)); }

static inline INT NAME(fm_neg_int)(INT x) { return BITS(int)((UINT)(0) - BITS(uint)(x)); }

static inline INT NAME(fm_abs_int)(INT x) { return x < 0 ? NAME(fm_neg_int)(x) : x; }

static inline INT NAME(fm_sign_int)(INT x) { return ((x > 0) & 1) - ((x < 0) & 1); }

// Processors trap on division by 0 and on the smallest integer by -1; both are taken out before the division.
static inline INT NAME(fm_safe_divisor)(INT y) { return ((y == 0) | (y == -1)) ? (INT)(1) : y; }

// Division by 0 gives 0.
static inline INT NAME(fm_div_int)(INT x, INT y)
{
    INT quotient = x / NAME(fm_safe_divisor)(y);
    return y == 0 ? (INT)(0) : (y == -1 ? NAME(fm_neg_int)(x) : quotient);
}

static inline INT NAME(fm_rem_int)(INT x, INT y) { return x % NAME(fm_safe_divisor)(y); }

static inline INT NAME(fm_floor_mod_int)(INT x, INT y)
{
    INT r = NAME(fm_rem_int)(x, y);
    return ((r != 0) & ((r < 0) ^ (y < 0))) ? r + y : r;
}

// Saturates; a negative power of 0 is the largest integer, of others the quotient rounded toward zero.
static inline INT NAME(fm_pow_int)(INT x, INT y)
{
    const LONG low = (LONG)(-2147483648L);
    const LONG high = (LONG)(2147483647L);
    LONG result = (LONG)(1L);
    LONG base = CONVERT(long)(x);
    for (int bit = 0; bit < 31; bit++)
    {
        LONG product = clamp(result * base, low, high);
        result = select(result, product, CONVERT(long)(-((y >> bit) & 1)));
        base = clamp(base * base, low, high);
    }

    INT odd = y & 1;
    INT reciprocal = x == 0 ? (INT)(2147483647) : (x == 1 ? (INT)(1) : (x == -1 ? 1 - (odd + odd) : (INT)(0)));
    return y < 0 ? reciprocal : CONVERT(int)(result);
}
