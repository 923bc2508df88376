// A matrix product on a CPU driver. A work-item computes BLOCK_ROWS rows of one panel of 32 columns: for BLOCK_DEPTH steps of the reduction
// at a time it unpacks the right side once and multiplies it with all its rows, TILE_ROWS at a time.
// A family gives the left side (left_row, left_pack) and, without a streamed weight, the right side (right_pack).
//   ROWS, DEPTH, COLUMNS   extents; with groups COLUMNS are one group's.
//   STREAMED               1: the right side is a streamed weight of PANELS_PER_GROUP panels per group, 0: an activation.
//   STORE_RUNS             1: 16 neighbouring results can be stored by STORE16.

#if STREAMED
#define RIGHT_PARAMETERS WEIGHT_PARAMETERS
#else
#define RIGHT_PARAMETERS INPUT(RIGHT_MEMORY, right)
#endif

__kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void product(INPUT(LEFT_MEMORY, left), RIGHT_PARAMETERS, OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ADVANCE(left);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    int first_row = (int)get_group_id(0) * BLOCK_ROWS;
    int rows = min(BLOCK_ROWS, ROWS - first_row);
#if STREAMED
    uint texel = panel_texel((int)get_group_id(1), weights_texel, chunk_panels, chunk_stride, chunk_bases);
    int panel = first_panel + (int)get_group_id(1);
    int matrix = panel / PANELS_PER_GROUP;
    int first_column = (panel % PANELS_PER_GROUP) * 32;
#else
    ADVANCE(right);
    int matrix = (int)get_group_id(2);
    int first_column = (int)get_group_id(1) * 32;
#endif
    int columns = min(32, COLUMNS - first_column);

    LEFT_ROW left_rows[BLOCK_ROWS];
    float16 sums[2 * BLOCK_ROWS];
    for (int r = 0; r < BLOCK_ROWS; r++)
    {
        left_rows[r] = left_row(matrix, min(first_row + r, ROWS - 1));
        sums[2 * r] = (float16)(0.0f);
        sums[2 * r + 1] = (float16)(0.0f);
    }

    float left_tile[TILE_ROWS * TILE_STRIDE] __attribute__((aligned(64)));
    float16 right_block[2 * BLOCK_DEPTH];
    for (int k = 0; k < DEPTH; k += BLOCK_DEPTH)
    {
        int steps = min(BLOCK_DEPTH, DEPTH - k);
#if STREAMED
        weight_rows(weights, texel, k, steps, right_block);
#else
        right_pack(right, matrix, first_column, columns, k, steps, (float*)right_block);
#endif
        for (int r = 0; r < rows; r += TILE_ROWS)
        {
            left_pack(left, left_rows + r, k, steps, left_tile);
            tile_product(left_tile, TILE_STRIDE, right_block, steps, sums + 2 * r);
        }
    }

    for (int r = 0; r < rows; r++)
    {
#if STREAMED
        int batch = 0;
        int column = matrix * COLUMNS + first_column;
#else
        int batch = matrix;
        int column = first_column;
#endif
        for (int side = 0; side < 2; side++)
        {
            float16 sum = sums[2 * r + side];
            int count = columns - 16 * side;
#if STORE_RUNS
            if (count >= 16)
            {
                STORE16(sum, batch, first_row + r, column + 16 * side);
                continue;
            }
#endif
            float values[16];
            vstore16(sum, 0, values);
            for (int c = 0; c < min(count, 16); c++)
            {
                STORE(values[c], batch, first_row + r, column + 16 * side + c);
            }
        }
    }
}
