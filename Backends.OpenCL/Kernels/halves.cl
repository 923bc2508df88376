// Halves in memory as floats, one or a vector of them; stores round to nearest even. No alignment but an element's is asked of addresses.
// Of ClSource.Halves: REAL, UINT (types of the width), NAME, CONVERT, BITS as for math.cl, and
//   LOAD_BITS(at, p), STORE_BITS(v, at, p)     of ushorts.
//   LOAD_HALF(at, p), STORE_HALF(v, at, p)     the language's own.
// Drivers for processors have no instructions behind the language's own, and PoCL 3.1 stores vectors as if they were aligned to 16 bytes.

static inline REAL NAME(load_half)(size_t at, __global const half* p)
{
#if CPU
    const UINT bits = CONVERT(uint)(LOAD_BITS(at, (__global const ushort*)p));
    const UINT magnitude = (bits & 0x7FFFu) << 13;
    const UINT exponent = magnitude & 0x0F800000u;
    const REAL subnormal = BITS(float)(magnitude + 0x38800000u) - 0x1p-14f;
    const REAL value = exponent == 0 ? subnormal
        : BITS(float)(magnitude + (exponent == 0x0F800000u ? (UINT)(0x70000000u) : (UINT)(0x38000000u)));
    return BITS(float)(BITS(uint)(value) | (bits & 0x8000u) << 16);
#else
    return LOAD_HALF(at, p);
#endif
}

static inline void NAME(store_half)(REAL value, size_t at, __global half* p)
{
#if CPU
    const UINT bits = BITS(uint)(value);
    const UINT magnitude = bits & 0x7FFFFFFFu;
    // Below 2^-14 the sum with 0.5 leaves the half's bits, rounded, at the end of the fraction.
    const UINT small = BITS(uint)(BITS(float)(magnitude) + 0.5f) - 0x3F000000u;
    const UINT normal = (magnitude - 0x38000000u + 0xFFFu + (magnitude >> 13 & 1u)) >> 13;
    const UINT large = magnitude > 0x7F800000u ? (UINT)(0x7E00u) : (UINT)(0x7C00u);
    const UINT half_bits = magnitude >= 0x47800000u ? large : magnitude < 0x38800000u ? small : normal;
    STORE_BITS(CONVERT(ushort)(half_bits | (bits >> 16 & 0x8000u)), at, (__global ushort*)p);
#else
    STORE_HALF(value, at, p);
#endif
}
