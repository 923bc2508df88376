// Attention on a CPU driver. A work-item computes BLOCK_ROWS queries of one head: keys go by 32 at a time, their scores become weights by
// the running maximum of their row (online softmax), and the sums so far are scaled when the maximum grows.
// Parameters as in Attention.cl, and BLOCK_ROWS (a multiple of TILE_ROWS).

#define OUT_PANELS ((OUTPUTS + 31) / 32)

static inline float largest16(float16 v)
{
    float8 a = fmax(v.lo, v.hi);
    float4 b = fmax(a.lo, a.hi);
    float2 c = fmax(b.lo, b.hi);
    return fmax(c.x, c.y);
}

static inline float sum16(float16 v)
{
    float8 a = v.lo + v.hi;
    float4 b = a.lo + a.hi;
    float2 c = b.lo + b.hi;
    return c.x + c.y;
}

// Rows [0, count) of a block from memory, each of length elements; rows and elements behind them are zeros.
#define PACK_ROWS(X, source, token, depth, run, first, count, start, length, target, stride) \
    for (int r = 0; r < (count); r++) \
    { \
        __global const X##_MEMORY* line = (source) + token((first) + r); \
        int d = 0; \
        for (; (run) >= 16 && d + 16 <= (length); d += 16) \
        { \
            vstore16(X##_LOAD16(line + depth((start) + d)), 0, (target) + r * (stride) + d); \
        } \
        for (; d < (length); d++) \
        { \
            (target)[r * (stride) + d] = X##_LOAD(line + depth((start) + d)); \
        } \
    }

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void attention(INPUT(Q_MEMORY, q), INPUT(K_MEMORY, k), INPUT(V_MEMORY, v) MASK_PARAMETER, OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ADVANCE(q);
    ADVANCE(k);
    ADVANCE(v);
    MASK_ADVANCE
    ADVANCE(out);
    EPILOGUE_ADVANCE
    int first_row = (int)get_group_id(0) * BLOCK_ROWS;
    int rows = min(BLOCK_ROWS, QUERIES - first_row);
    int batch = (int)get_group_id(1) / HEADS;
    int head = (int)get_group_id(1) % HEADS;
    q += q_batch(batch) + q_head(head);
    k += k_batch(batch) + k_head(head);
    v += v_batch(batch) + v_head(head);

    float queries[BLOCK_ROWS * WIDTH] __attribute__((aligned(64)));
    float16 sums[OUT_PANELS][2 * BLOCK_ROWS];
    float row_max[BLOCK_ROWS];
    float row_sum[BLOCK_ROWS];
    PACK_ROWS(Q, q, q_token, q_depth, Q_RUN, first_row, rows, 0, WIDTH, queries, WIDTH)
    for (int i = rows * WIDTH; i < BLOCK_ROWS * WIDTH; i++)
    {
        queries[i] = 0.0f;
    }

    for (int r = 0; r < BLOCK_ROWS; r++)
    {
        row_max[r] = -INFINITY;
        row_sum[r] = 0.0f;
        for (int p = 0; p < OUT_PANELS; p++)
        {
            sums[p][2 * r] = (float16)(0.0f);
            sums[p][2 * r + 1] = (float16)(0.0f);
        }
    }

    float16 keys[2 * WIDTH];
    float16 values[2 * 32];
    float16 scores[2 * BLOCK_ROWS];
    for (int first_key = 0; first_key < KEYS; first_key += 32)
    {
        int count = min(32, KEYS - first_key);
        // Keys as columns.
        for (int i = 0; i < 32; i++)
        {
            __global const K_MEMORY* line = k + k_token(first_key + min(i, count - 1));
            for (int d = 0; d < WIDTH; d++)
            {
                ((float*)keys)[32 * d + i] = K_LOAD(line + k_depth(d));
            }
        }

        for (int r = 0; r < rows; r += TILE_ROWS)
        {
            for (int i = 0; i < 2 * TILE_ROWS; i++)
            {
                scores[2 * r + i] = (float16)(0.0f);
            }

            tile_product(queries + r * WIDTH, WIDTH, keys, WIDTH, scores + 2 * r);
        }

        for (int r = 0; r < rows; r++)
        {
            float16 low = scores[2 * r] * SCALE;
            float16 high = scores[2 * r + 1] * SCALE;
            if (count == 32)
            {
#if HAS_MASK
                low += MASK_LOAD16(mask, batch, head, first_row + r, first_key);
                high += MASK_LOAD16(mask, batch, head, first_row + r, first_key + 16);
#endif
            }
            else
            {
                float line[32];
                vstore16(low, 0, line);
                vstore16(high, 1, line);
                for (int i = 0; i < 32; i++)
                {
#if HAS_MASK
                    line[i] += i < count ? MASK_LOAD(mask, batch, head, first_row + r, first_key + i) : 0.0f;
#endif
                    line[i] = i < count ? line[i] : -INFINITY;
                }

                low = vload16(0, line);
                high = vload16(1, line);
            }

            float old_max = row_max[r];
            float new_max = fmax(old_max, largest16(fmax(low, high)));
            // Where everything so far is masked out by -infinity, weights are 0, not NaN.
            float base = new_max == -INFINITY ? 0.0f : new_max;
            float factor = fm_exp(old_max - base);
            low = fm_exp16(low - base);
            high = fm_exp16(high - base);
            scores[2 * r] = low;
            scores[2 * r + 1] = high;
            row_max[r] = new_max;
            row_sum[r] = row_sum[r] * factor + sum16(low + high);
            if (factor != 1.0f)
            {
                for (int p = 0; p < OUT_PANELS; p++)
                {
                    sums[p][2 * r] *= factor;
                    sums[p][2 * r + 1] *= factor;
                }
            }
        }

        for (int p = 0; p < OUT_PANELS; p++)
        {
            int columns = min(32, OUTPUTS - 32 * p);
            if (count < 32 || columns < 32)
            {
                for (int i = 0; i < 64; i++)
                {
                    values[i] = (float16)(0.0f);
                }
            }

            PACK_ROWS(V, v, v_token, v_depth, V_RUN, first_key, count, 32 * p, columns, (float*)values, 32)
            for (int r = 0; r < rows; r += TILE_ROWS)
            {
                tile_product((const float*)(scores + 2 * r), 32, values, 32, sums[p] + 2 * r);
            }
        }
    }

    for (int r = 0; r < rows; r++)
    {
        for (int half_panel = 0; half_panel < 2 * OUT_PANELS; half_panel++)
        {
            float16 sum = sums[half_panel / 2][2 * r + half_panel % 2] / row_sum[r];
            int column = 16 * half_panel;
            if (column + 16 <= OUTPUTS)
            {
                STORE16(sum, batch, head, first_row + r, column);
                continue;
            }

            float line[16];
            vstore16(sum, 0, line);
            for (int c = 0; c < OUTPUTS - column; c++)
            {
                STORE(line[c], batch, head, first_row + r, column + c);
            }
        }
    }
}
