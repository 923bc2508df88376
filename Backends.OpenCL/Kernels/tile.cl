// The register tile of CPU drivers: TILE_ROWS rows by 32 columns, from a left block that lies row by row (stride floats apart) and a
// right block of rows of 32 columns. One accumulator row is two vectors. Sums run upwards over the depth, so how the depth is cut into
// blocks does not change a bit.

// Rows whose sums stay in vector registers together; TILE_ROWS is a multiple of it.
#if defined(__AVX512F__)
#define REGISTER_ROWS TILE_ROWS
#elif TILE_ROWS % 3 == 0
#define REGISTER_ROWS 3
#elif TILE_ROWS % 2 == 0
#define REGISTER_ROWS 2
#else
#define REGISTER_ROWS 1
#endif

// Drivers may split mad into two operations although the processor has a fused one.
#if defined(FP_FAST_FMAF) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define MULTIPLY_ADD fma
#else
#define MULTIPLY_ADD mad
#endif

static inline void tile_product(const float* left, int stride, const float16* right, int depth, float16* sums)
{
    for (int first = 0; first < TILE_ROWS; first += REGISTER_ROWS)
    {
        float16 sum[REGISTER_ROWS][2];
#pragma unroll
        for (int r = 0; r < REGISTER_ROWS; r++)
        {
            sum[r][0] = sums[2 * (first + r)];
            sum[r][1] = sums[2 * (first + r) + 1];
        }

#pragma nounroll
        for (int k = 0; k < depth; k++)
        {
            float16 low = right[2 * k];
            float16 high = right[2 * k + 1];
#pragma unroll
            for (int r = 0; r < REGISTER_ROWS; r++)
            {
                float16 value = (float16)(left[(first + r) * stride + k]);
                sum[r][0] = MULTIPLY_ADD(value, low, sum[r][0]);
                sum[r][1] = MULTIPLY_ADD(value, high, sum[r][1]);
            }
        }

#pragma unroll
        for (int r = 0; r < REGISTER_ROWS; r++)
        {
            sums[2 * (first + r)] = sum[r][0];
            sums[2 * (first + r) + 1] = sum[r][1];
        }
    }
}
