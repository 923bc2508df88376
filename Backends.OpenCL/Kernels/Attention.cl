// Attention on a GPU: a work-group computes QUERY_TILE queries of one head and OUT_TILE columns of its values. Keys go by KEY_TILE at a
// time through local memory, their scores become weights by the running maximum of their row (online softmax), and the sums so far are
// scaled when the maximum grows. Given by ClAttention:
//   HEADS, QUERIES, KEYS, WIDTH (of queries and keys), OUTPUTS (of values), SCALE, HAS_MASK
//   x_batch(b), x_head(h), x_token(i), x_depth(d) for x = q, k, v   what the axes add to an address; x_batch holds the view's offset.
//   Q_RUN, K_RUN, V_RUN   16, 4 or 1: so many neighbours along the last axis, from a multiple of it, lie together.
//   x_MEMORY, x_LOAD(p), x_LOAD4(p), x_LOAD16(p)   for x = Q, K, V: type in memory, and elements from p on as floats.
//   MASK_PARAMETER, MASK_ADVANCE, MASK_LOAD
//   DEPTH_TILE            width of queries and keys in local memory at a time; a multiple of 4.
//   ITEMS_X, ITEMS_Y      work-items of a group along keys (or columns) and queries; ITEMS_X * ITEMS_Y is a multiple of QUERY_TILE.

#define ITEMS (ITEMS_X * ITEMS_Y)
#define ITEM_QUERIES (QUERY_TILE / ITEMS_Y)
#define ITEM_KEYS (KEY_TILE / ITEMS_X)
#define ITEM_OUTPUTS ((OUT_TILE + ITEMS_X - 1) / ITEMS_X)
// Work-items that share a row while its weights are computed, and quadruples of keys for each.
#define ROW_ITEMS (ITEMS / QUERY_TILE)
#define ROW_QUADS (KEY_TILE / 4 / ROW_ITEMS)
#define QUERY_PITCH (QUERY_TILE + 1)
#define KEY_PITCH (KEY_TILE + 1)
#define OUT_PITCH (OUT_TILE + 1)
#define DEPTH_QUADS (DEPTH_TILE / 4)
#define KEY_QUADS (KEY_TILE / 4)
#define SHARED_QUADS (DEPTH_QUADS * KEY_PITCH > KEY_QUADS * OUT_PITCH ? DEPTH_QUADS * KEY_PITCH : KEY_QUADS * OUT_PITCH)
#define WHOLE_DEPTH (DEPTH_TILE >= WIDTH)

// Four neighbours along the last axis from d (a multiple of 4), zeros behind its end: the last tile of the depth may reach over it, where
// the next head lies.
#define LOAD_QUAD(X, line, depth, run, d, extent) \
    ((run) >= 4 && ((extent) % DEPTH_TILE == 0 || (d) + 4 <= (extent)) ? X##_LOAD4((line) + depth(d)) : (float4)( \
        (d) < (extent) ? X##_LOAD((line) + depth(d)) : 0.0f, \
        (d) + 1 < (extent) ? X##_LOAD((line) + depth((d) + 1)) : 0.0f, \
        (d) + 2 < (extent) ? X##_LOAD((line) + depth((d) + 2)) : 0.0f, \
        (d) + 3 < (extent) ? X##_LOAD((line) + depth((d) + 3)) : 0.0f))

static inline float dot_add(float4 a, float4 b, float sum)
{
    return mad(a.w, b.w, mad(a.z, b.z, mad(a.y, b.y, mad(a.x, b.x, sum))));
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
void attention(INPUT(Q_MEMORY, q), INPUT(K_MEMORY, k), INPUT(V_MEMORY, v) MASK_PARAMETER, OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ADVANCE(q);
    ADVANCE(k);
    ADVANCE(v);
    MASK_ADVANCE
    ADVANCE(out);
    EPILOGUE_ADVANCE
    __local float4 query_tile[DEPTH_QUADS * QUERY_PITCH];
    // Keys, then values of the same keys.
    __local float4 shared_tile[SHARED_QUADS];
    __local float4 weight_tile[KEY_QUADS * QUERY_PITCH];
    __local float part[ITEMS];
    __local float row_max[QUERY_TILE];
    __local float row_factor[QUERY_TILE];
    __local float row_sum[QUERY_TILE];
    int item = (int)get_local_id(0);
    int x = item % ITEMS_X;
    int y = item / ITEMS_X;
    int own_row = item % QUERY_TILE;
    int own_part = item / QUERY_TILE;
    int first_row = (int)get_group_id(0) * QUERY_TILE;
    int batch = (int)get_group_id(1) / HEADS;
    int head = (int)get_group_id(1) % HEADS;
    int first_column = (int)get_group_id(2) * OUT_TILE;
    q += q_batch(batch) + q_head(head);
    k += k_batch(batch) + k_head(head);
    v += v_batch(batch) + v_head(head);

    float sums[ITEM_QUERIES][ITEM_OUTPUTS];
#pragma unroll
    for (int r = 0; r < ITEM_QUERIES; r++)
    {
#pragma unroll
        for (int c = 0; c < ITEM_OUTPUTS; c++)
        {
            sums[r][c] = 0.0f;
        }
    }

    if (own_part == 0)
    {
        row_max[own_row] = -INFINITY;
        row_sum[own_row] = 0.0f;
    }

    for (int first_key = 0; first_key < KEYS; first_key += KEY_TILE)
    {
        float scores[ITEM_QUERIES][ITEM_KEYS];
#pragma unroll
        for (int r = 0; r < ITEM_QUERIES; r++)
        {
#pragma unroll
            for (int c = 0; c < ITEM_KEYS; c++)
            {
                scores[r][c] = 0.0f;
            }
        }

        for (int depth = 0; depth < WIDTH; depth += DEPTH_TILE)
        {
            barrier(CLK_LOCAL_MEM_FENCE);
            if (!WHOLE_DEPTH || first_key == 0)
            {
                for (int slot = item; slot < QUERY_TILE * DEPTH_QUADS; slot += ITEMS)
                {
                    int d = depth + slot % DEPTH_QUADS * 4;
                    int row = slot / DEPTH_QUADS;
                    __global const Q_MEMORY* line = q + q_token(min(first_row + row, QUERIES - 1));
                    query_tile[slot % DEPTH_QUADS * QUERY_PITCH + row] = LOAD_QUAD(Q, line, q_depth, Q_RUN, d, WIDTH);
                }
            }

            for (int slot = item; slot < KEY_TILE * DEPTH_QUADS; slot += ITEMS)
            {
                int d = depth + slot % DEPTH_QUADS * 4;
                int key = slot / DEPTH_QUADS;
                __global const K_MEMORY* line = k + k_token(min(first_key + key, KEYS - 1));
                shared_tile[slot % DEPTH_QUADS * KEY_PITCH + key] = LOAD_QUAD(K, line, k_depth, K_RUN, d, WIDTH);
            }

            barrier(CLK_LOCAL_MEM_FENCE);
            for (int step = 0; step < DEPTH_QUADS; step++)
            {
                float4 a[ITEM_QUERIES];
#pragma unroll
                for (int r = 0; r < ITEM_QUERIES; r++)
                {
                    a[r] = query_tile[step * QUERY_PITCH + y + r * ITEMS_Y];
                }

#pragma unroll
                for (int c = 0; c < ITEM_KEYS; c++)
                {
                    float4 b = shared_tile[step * KEY_PITCH + x + c * ITEMS_X];
#pragma unroll
                    for (int r = 0; r < ITEM_QUERIES; r++)
                    {
                        scores[r][c] = dot_add(a[r], b, scores[r][c]);
                    }
                }
            }
        }

#pragma unroll
        for (int r = 0; r < ITEM_QUERIES; r++)
        {
            int row = y + r * ITEMS_Y;
#pragma unroll
            for (int c = 0; c < ITEM_KEYS; c++)
            {
                int tile_key = x + c * ITEMS_X;
                int key = first_key + tile_key;
                float score = scores[r][c] * SCALE;
#if HAS_MASK
                score += MASK_LOAD(mask, batch, head, min(first_row + row, QUERIES - 1), min(key, KEYS - 1));
#endif
                ((__local float*)weight_tile)[(tile_key / 4 * QUERY_PITCH + row) * 4 + tile_key % 4] = key < KEYS ? score : -INFINITY;
            }
        }

        barrier(CLK_LOCAL_MEM_FENCE);
        float4 most = (float4)(-INFINITY);
#pragma unroll
        for (int i = 0; i < ROW_QUADS; i++)
        {
            most = fmax(most, weight_tile[(own_part * ROW_QUADS + i) * QUERY_PITCH + own_row]);
        }

        part[item] = fmax(fmax(most.x, most.y), fmax(most.z, most.w));
        for (int slot = item; slot < KEY_QUADS * OUT_TILE; slot += ITEMS)
        {
            int column = min(first_column + slot % OUT_TILE, OUTPUTS - 1);
            int key = first_key + slot / OUT_TILE * 4;
            __global const V_MEMORY* start = v + v_depth(column);
            shared_tile[slot / OUT_TILE * OUT_PITCH + slot % OUT_TILE] = (float4)(
                key < KEYS ? V_LOAD(start + v_token(key)) : 0.0f,
                key + 1 < KEYS ? V_LOAD(start + v_token(key + 1)) : 0.0f,
                key + 2 < KEYS ? V_LOAD(start + v_token(key + 2)) : 0.0f,
                key + 3 < KEYS ? V_LOAD(start + v_token(key + 3)) : 0.0f);
        }

        barrier(CLK_LOCAL_MEM_FENCE);
        if (own_part == 0)
        {
            float old_max = row_max[own_row];
            float new_max = old_max;
            for (int p = 0; p < ROW_ITEMS; p++)
            {
                new_max = fmax(new_max, part[p * QUERY_TILE + own_row]);
            }

            row_factor[own_row] = old_max == -INFINITY ? 0.0f : exp(old_max - new_max);
            row_max[own_row] = new_max;
        }

        barrier(CLK_LOCAL_MEM_FENCE);
        // Where everything so far is masked out by -infinity, weights are 0, not NaN.
        float base = row_max[own_row] == -INFINITY ? 0.0f : row_max[own_row];
        float4 total = (float4)(0.0f);
#pragma unroll
        for (int i = 0; i < ROW_QUADS; i++)
        {
            int slot = (own_part * ROW_QUADS + i) * QUERY_PITCH + own_row;
            float4 weight = exp(weight_tile[slot] - base);
            weight_tile[slot] = weight;
            total += weight;
        }

        part[item] = total.x + total.y + total.z + total.w;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (own_part == 0)
        {
            float sum = row_sum[own_row] * row_factor[own_row];
            for (int p = 0; p < ROW_ITEMS; p++)
            {
                sum += part[p * QUERY_TILE + own_row];
            }

            row_sum[own_row] = sum;
        }

#pragma unroll
        for (int r = 0; r < ITEM_QUERIES; r++)
        {
            float factor = row_factor[y + r * ITEMS_Y];
#pragma unroll
            for (int c = 0; c < ITEM_OUTPUTS; c++)
            {
                sums[r][c] *= factor;
            }
        }

        for (int step = 0; step < KEY_QUADS; step++)
        {
            float4 a[ITEM_QUERIES];
#pragma unroll
            for (int r = 0; r < ITEM_QUERIES; r++)
            {
                a[r] = weight_tile[step * QUERY_PITCH + y + r * ITEMS_Y];
            }

#pragma unroll
            for (int c = 0; c < ITEM_OUTPUTS; c++)
            {
                float4 b = shared_tile[step * OUT_PITCH + min(x + c * ITEMS_X, OUT_TILE - 1)];
#pragma unroll
                for (int r = 0; r < ITEM_QUERIES; r++)
                {
                    sums[r][c] = dot_add(a[r], b, sums[r][c]);
                }
            }
        }
    }

    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int r = 0; r < ITEM_QUERIES; r++)
    {
        int row = first_row + y + r * ITEMS_Y;
        float divisor = row_sum[y + r * ITEMS_Y];
#pragma unroll
        for (int c = 0; c < ITEM_OUTPUTS; c++)
        {
            int tile_column = x + c * ITEMS_X;
            int column = first_column + tile_column;
            if (row < QUERIES && tile_column < OUT_TILE && column < OUTPUTS)
            {
                STORE(sums[r][c] / divisor, batch, head, row, column);
            }
        }
    }
}
