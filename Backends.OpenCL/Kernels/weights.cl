// A streamed weight in panels of 32 columns. Given by ClWeights:
//   WEIGHT_HALF        1: halves, 0: floats.
//   WEIGHT_IMAGES      1: read through images, 0: from buffers.
//   WEIGHT_INTERLEAVE  4: a panel is [depth / 4][32 columns][4], so that a texel is four depth steps of one column; 1: [depth][32 columns].
//   PANEL_TEXELS       texels of a panel.
//   DEPTH              length of the reduction.
//
// A texel is four neighbouring weights. A launch reads panels first_panel .. first_panel + panel_count of chunks of chunk_panels panels;
// chunk i starts at texel weights_texel + chunk_bases[i mod 16] + i * chunk_stride (one of the two is zero).

#if WEIGHT_IMAGES
#define WEIGHTS __read_only image2d_t
#elif WEIGHT_HALF
#define WEIGHTS __global const half* restrict
#else
#define WEIGHTS __global const float* restrict
#endif

#define WEIGHT_PARAMETERS \
    WEIGHTS weights, uint weights_texel, int first_panel, int panel_count, int chunk_panels, int chunk_stride, int16 chunk_bases

// First texel of a panel, counted from the launch's first panel.
static inline uint panel_texel(int panel, uint weights_texel, int chunk_panels, int chunk_stride, int16 chunk_bases)
{
    int chunk = panel / chunk_panels;
    int8 eight = (chunk & 8) ? chunk_bases.hi : chunk_bases.lo;
    int4 four = (chunk & 4) ? eight.hi : eight.lo;
    int2 two = (chunk & 2) ? four.hi : four.lo;
    uint base = (uint)((chunk & 1) ? two.hi : two.lo);
    return weights_texel + base + (uint)chunk * (uint)chunk_stride + (uint)(panel - chunk * chunk_panels) * PANEL_TEXELS;
}

// Four neighbouring weights.
static inline float4 weight_texel(WEIGHTS weights, uint texel)
{
#if WEIGHT_IMAGES
    const sampler_t nearest = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | CLK_FILTER_NEAREST;
    // Images are 4096 bytes wide: 512 texels of halves, 256 of floats.
    const uint row_bits = WEIGHT_HALF ? 9 : 8;
    return read_imagef(weights, nearest, (int2)((int)(texel & ((1u << row_bits) - 1)), (int)(texel >> row_bits)));
#elif WEIGHT_HALF
    return vload_half4(texel, weights);
#else
    return vload4(texel, weights);
#endif
}

// Depth steps k .. k + 3 of a column (k a multiple of 4), zeros behind the end of the reduction.
static inline float4 weight_steps(WEIGHTS weights, uint panel, int column, int k)
{
#if WEIGHT_INTERLEAVE == 4
    return weight_texel(weights, panel + (uint)(k * 8 + column));
#else
    float steps[4];
    for (int i = 0; i < 4; i++)
    {
        float4 texel = k + i < DEPTH ? weight_texel(weights, panel + (uint)((k + i) * 8 + (column >> 2))) : (float4)(0.0f);
        float2 pair = (column & 2) ? texel.hi : texel.lo;
        steps[i] = (column & 1) ? pair.hi : pair.lo;
    }

    return vload4(0, steps);
#endif
}

#if CPU && !WEIGHT_IMAGES
// Four neighbouring texels, in straight code that CPU compilers turn into vectors.
static inline float16 weight_texels4(WEIGHTS weights, uint texel)
{
#if WEIGHT_HALF
    uint16 bits = convert_uint16(vload16(0, (__global const ushort*)weights + (size_t)texel * 4));
    uint16 magnitude = (bits & 0x7FFFu) << 13;
    // 2^112 moves the exponent from a half's bias to a float's; the product is exact, for subnormal halves too.
    uint16 value = as_uint16(as_float16(magnitude) * 0x1p112f);
    value |= as_uint16(magnitude >= (uint16)(0x0F800000u)) & 0x7F800000u;
    return as_float16(value | (bits & 0x8000u) << 16);
#else
    return vload16(0, weights + (size_t)texel * 4);
#endif
}

// Unpacks depth steps [k, k + steps) of a panel (k a multiple of 4) into rows of 32 columns.
static inline void weight_rows(WEIGHTS weights, uint panel, int k, int steps, float16* rows)
{
#if WEIGHT_INTERLEAVE == 4
    for (int i = 0; i < steps; i += 4)
    {
        for (int side = 0; side < 2; side++)
        {
            uint texel = panel + (uint)((k + i) * 8 + side * 16);
            float16 a = weight_texels4(weights, texel);
            float16 b = weight_texels4(weights, texel + 4);
            float16 c = weight_texels4(weights, texel + 8);
            float16 d = weight_texels4(weights, texel + 12);
            float16 even_low = (float16)(a.even, b.even);
            float16 even_high = (float16)(c.even, d.even);
            float16 odd_low = (float16)(a.odd, b.odd);
            float16 odd_high = (float16)(c.odd, d.odd);
            rows[2 * i + side] = (float16)(even_low.even, even_high.even);
            rows[2 * i + 2 + side] = (float16)(odd_low.even, odd_high.even);
            rows[2 * i + 4 + side] = (float16)(even_low.odd, even_high.odd);
            rows[2 * i + 6 + side] = (float16)(odd_low.odd, odd_high.odd);
        }
    }
#else
    for (int i = 0; i < steps; i++)
    {
        rows[2 * i] = weight_texels4(weights, panel + (uint)((k + i) * 8));
        rows[2 * i + 1] = weight_texels4(weights, panel + (uint)((k + i) * 8 + 4));
    }
#endif
}
#endif
