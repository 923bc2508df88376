// A matrix product on a GPU. A work-group computes TILE_ROWS x TILE_COLUMNS results; TILE_STEPS quadruples of the reduction at a time go
// through local memory, the next ones being loaded while these are multiplied. A work-item holds ITEM_ROWS x ITEM_COLUMNS sums. With
// SPLIT > 1 that many work-items share a result, each taking every tile's own part of the depth; the parts are added in order.
// A family gives the left side (left_row, left_load4) and, without a streamed weight, the right side (right_load4).
//   ROWS, DEPTH, COLUMNS   extents; with groups COLUMNS are one group's.
//   STREAMED               1: the right side is a streamed weight of PANELS_PER_GROUP panels per group, 0: an activation.
//   GROUP_ITEMS            work-items of a work-group.
// In a kernel that carries moves (moves.cl) every work-item also moves a texel in each of the first iterations.

#define ITEMS_X (TILE_COLUMNS / ITEM_COLUMNS)
#define ITEMS_Y (TILE_ROWS / ITEM_ROWS)
#define DEPTH_QUADS ((DEPTH + 3) / 4)
// A column more than the tile has keeps stores and loads of neighbouring work-items in different banks.
#define LEFT_PITCH (TILE_ROWS + 1)
#define RIGHT_PITCH (TILE_COLUMNS + 1)
#define TILE_QUADS (TILE_STEPS * (LEFT_PITCH + RIGHT_PITCH))
#define PARTIAL_QUADS ((SPLIT - 1) * TILE_ROWS * TILE_COLUMNS / 4)
#define LOCAL_QUADS (TILE_QUADS > PARTIAL_QUADS ? TILE_QUADS : PARTIAL_QUADS)
#define LEFT_LOADS ((TILE_ROWS * TILE_STEPS + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define RIGHT_LOADS ((TILE_COLUMNS * TILE_STEPS + GROUP_ITEMS - 1) / GROUP_ITEMS)
#define LEFT_IS_WHOLE (TILE_ROWS * TILE_STEPS % GROUP_ITEMS == 0)
#define RIGHT_IS_WHOLE (TILE_COLUMNS * TILE_STEPS % GROUP_ITEMS == 0)
#define DEPTH_IS_WHOLE (DEPTH_QUADS % TILE_STEPS == 0)

#if STREAMED
#define RIGHT_PARAMETERS WEIGHT_PARAMETERS
#define RIGHT_INDEX uint
#else
#define RIGHT_PARAMETERS INPUT(RIGHT_MEMORY, right)
#endif

__kernel __attribute__((reqd_work_group_size(GROUP_ITEMS, 1, 1)))
void product(INPUT(LEFT_MEMORY, left), RIGHT_PARAMETERS, OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS MOVE_PARAMETERS)
{
    ADVANCE(left);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    __local float4 local_quads[LOCAL_QUADS];
    __local float4* left_tile = local_quads;
    __local float4* right_tile = local_quads + TILE_STEPS * LEFT_PITCH;
    int item = (int)get_local_id(0);
    int x = item % ITEMS_X;
    int y = item / ITEMS_X % ITEMS_Y;
    int part = item / (ITEMS_X * ITEMS_Y);
    int first_row = (int)get_group_id(0) * TILE_ROWS;
#if STREAMED
    int tile_panel = (int)get_group_id(1) * (TILE_COLUMNS / 32);
    int matrix = (first_panel + tile_panel) / PANELS_PER_GROUP;
#else
    ADVANCE(right);
    int matrix = (int)get_group_id(2);
    right += right_start(matrix);
    int first_column = (int)get_group_id(1) * TILE_COLUMNS;
#endif

    LEFT_ROW left_rows[LEFT_LOADS];
    RIGHT_INDEX right_columns[RIGHT_LOADS];
#pragma unroll
    for (int i = 0; i < LEFT_LOADS; i++)
    {
        left_rows[i] = left_row(matrix, min(first_row + (item + i * GROUP_ITEMS) / TILE_STEPS, ROWS - 1));
    }

#pragma unroll
    for (int i = 0; i < RIGHT_LOADS; i++)
    {
        int slot = item + i * GROUP_ITEMS;
#if STREAMED
        int panel = min(tile_panel + slot % TILE_COLUMNS / 32, panel_count - 1);
        right_columns[i] = panel_texel(panel, weights_texel, chunk_panels, chunk_stride, chunk_bases);
#elif RIGHT_RUN >= 4
        right_columns[i] = right_column(min(first_column + slot / TILE_STEPS, COLUMNS - 1));
#else
        right_columns[i] = right_column(min(first_column + slot % TILE_COLUMNS, COLUMNS - 1));
#endif
    }

    float sums[ITEM_ROWS][ITEM_COLUMNS];
#pragma unroll
    for (int r = 0; r < ITEM_ROWS; r++)
    {
#pragma unroll
        for (int c = 0; c < ITEM_COLUMNS; c++)
        {
            sums[r][c] = 0.0f;
        }
    }

    float4 next_left[LEFT_LOADS];
    float4 next_right[RIGHT_LOADS];
    MOVE_BEGIN(((get_group_id(2) * get_num_groups(1) + get_group_id(1)) * get_num_groups(0) + get_group_id(0)) * GROUP_ITEMS + item);
    int quad = -TILE_STEPS;
#if MOVE_CUTS
#pragma unroll
    MOVE_CUT
#endif
    for (; quad < DEPTH_QUADS && MOVE_GOES_ON; quad += TILE_STEPS)
    {
        MOVE_ISSUE;
        int next = quad + TILE_STEPS;
        if (next < DEPTH_QUADS)
        {
#pragma unroll
            for (int i = 0; i < LEFT_LOADS; i++)
            {
                int slot = item + i * GROUP_ITEMS;
                int k = next + slot % TILE_STEPS;
                bool inside = (LEFT_IS_WHOLE || slot < TILE_ROWS * TILE_STEPS) & (DEPTH_IS_WHOLE || k < DEPTH_QUADS);
                next_left[i] = inside ? left_load4(left, left_rows[i], 4 * k) : (float4)(0.0f);
            }

#pragma unroll
            for (int i = 0; i < RIGHT_LOADS; i++)
            {
                int slot = item + i * GROUP_ITEMS;
#if !STREAMED && RIGHT_RUN >= 4
                int k = next + slot % TILE_STEPS;
#else
                int k = next + slot / TILE_COLUMNS;
#endif
                bool inside = (RIGHT_IS_WHOLE || slot < TILE_COLUMNS * TILE_STEPS) & (DEPTH_IS_WHOLE || k < DEPTH_QUADS);
#if STREAMED
                next_right[i] = inside ? weight_steps(weights, right_columns[i], slot % 32, 4 * k) : (float4)(0.0f);
#else
                next_right[i] = inside ? right_load4(right, right_columns[i], 4 * k) : (float4)(0.0f);
#endif
            }
        }

        if (quad >= 0)
        {
#pragma unroll
            for (int i = 0; i < TILE_STEPS / SPLIT; i++)
            {
                int step = part * (TILE_STEPS / SPLIT) + i;
                float4 a[ITEM_ROWS];
                float4 b[ITEM_COLUMNS];
#pragma unroll
                for (int r = 0; r < ITEM_ROWS; r++)
                {
                    a[r] = left_tile[step * LEFT_PITCH + y + r * ITEMS_Y];
                }

#pragma unroll
                for (int c = 0; c < ITEM_COLUMNS; c++)
                {
                    b[c] = right_tile[step * RIGHT_PITCH + x + c * ITEMS_X];
                }

#pragma unroll
                for (int r = 0; r < ITEM_ROWS; r++)
                {
#pragma unroll
                    for (int c = 0; c < ITEM_COLUMNS; c++)
                    {
                        sums[r][c] = mad(a[r].x, b[c].x, sums[r][c]);
                        sums[r][c] = mad(a[r].y, b[c].y, sums[r][c]);
                        sums[r][c] = mad(a[r].z, b[c].z, sums[r][c]);
                        sums[r][c] = mad(a[r].w, b[c].w, sums[r][c]);
                    }
                }
            }
        }

        MOVE_FINISH;
        barrier(CLK_LOCAL_MEM_FENCE);
        if (next < DEPTH_QUADS)
        {
#pragma unroll
            for (int i = 0; i < LEFT_LOADS; i++)
            {
                int slot = item + i * GROUP_ITEMS;
                if (LEFT_IS_WHOLE || slot < TILE_ROWS * TILE_STEPS)
                {
                    left_tile[slot % TILE_STEPS * LEFT_PITCH + slot / TILE_STEPS] = next_left[i];
                }
            }

#pragma unroll
            for (int i = 0; i < RIGHT_LOADS; i++)
            {
                int slot = item + i * GROUP_ITEMS;
                if (RIGHT_IS_WHOLE || slot < TILE_COLUMNS * TILE_STEPS)
                {
#if !STREAMED && RIGHT_RUN >= 4
                    right_tile[slot % TILE_STEPS * RIGHT_PITCH + slot / TILE_STEPS] = next_right[i];
#else
                    right_tile[slot / TILE_COLUMNS * RIGHT_PITCH + slot % TILE_COLUMNS] = next_right[i];
#endif
                }
            }

            barrier(CLK_LOCAL_MEM_FENCE);
        }
    }

    MOVE_REST;
#if SPLIT > 1
    __local float* partial = (__local float*)local_quads;
    if (part > 0)
    {
#pragma unroll
        for (int r = 0; r < ITEM_ROWS; r++)
        {
#pragma unroll
            for (int c = 0; c < ITEM_COLUMNS; c++)
            {
                partial[((part - 1) * TILE_ROWS + y + r * ITEMS_Y) * TILE_COLUMNS + x + c * ITEMS_X] = sums[r][c];
            }
        }
    }

    barrier(CLK_LOCAL_MEM_FENCE);
    if (part > 0)
    {
        return;
    }
#endif
#pragma unroll
    for (int r = 0; r < ITEM_ROWS; r++)
    {
        int row = first_row + y + r * ITEMS_Y;
#pragma unroll
        for (int c = 0; c < ITEM_COLUMNS; c++)
        {
            int tile_column = x + c * ITEMS_X;
            float sum = sums[r][c];
            for (int other = 0; other < SPLIT - 1; other++)
            {
                sum += ((__local float*)local_quads)[(other * TILE_ROWS + y + r * ITEMS_Y) * TILE_COLUMNS + tile_column];
            }

#if STREAMED
            int panel = tile_panel + tile_column / 32;
            int batch = 0;
            int group_column = (first_panel + panel) % PANELS_PER_GROUP * 32 + tile_column % 32;
            int column = matrix * COLUMNS + group_column;
            bool inside = panel < panel_count && group_column < COLUMNS;
#else
            int batch = matrix;
            int column = first_column + tile_column;
            bool inside = column < COLUMNS;
#endif
            if (inside && row < ROWS)
            {
                STORE(sum, batch, row, column);
            }
        }
    }
}
