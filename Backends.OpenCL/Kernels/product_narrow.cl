// A product of few rows with a streamed weight on a GPU: bound by reading the weight. A work-group computes all ROWS rows of one panel;
// PARTS work-items share a column, part p taking quadruples p, p + PARTS, ... of the reduction; the parts are added in order.
// Parameters, left side and carried moves as in product_tiled.cl.

#define DEPTH_QUADS ((DEPTH + 3) / 4)

__kernel __attribute__((reqd_work_group_size(32 * PARTS, 1, 1)))
void product(INPUT(LEFT_MEMORY, left), WEIGHT_PARAMETERS, OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS MOVE_PARAMETERS)
{
    ADVANCE(left);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    __local float partial[PARTS * ROWS * 32];
    int column = (int)get_local_id(0) % 32;
    int part = (int)get_local_id(0) / 32;
    int panel = first_panel + (int)get_group_id(0);
    int group = panel / PANELS_PER_GROUP;
    uint texel = panel_texel((int)get_group_id(0), weights_texel, chunk_panels, chunk_stride, chunk_bases);
    LEFT_ROW rows[ROWS];
    float sums[ROWS];
#pragma unroll
    for (int r = 0; r < ROWS; r++)
    {
        rows[r] = left_row(group, r);
        sums[r] = 0.0f;
    }

    MOVE_BEGIN(get_global_id(0));
    int quad = part;
#if MOVE_CUTS
#pragma unroll
    MOVE_CUT
#endif
#pragma unroll 4
    for (; quad < DEPTH_QUADS && MOVE_GOES_ON; quad += PARTS)
    {
        MOVE_ISSUE;
        float4 b = weight_steps(weights, texel, column, 4 * quad);
#pragma unroll
        for (int r = 0; r < ROWS; r++)
        {
            float4 a = left_load4(left, rows[r], 4 * quad);
            sums[r] = mad(a.x, b.x, sums[r]);
            sums[r] = mad(a.y, b.y, sums[r]);
            sums[r] = mad(a.z, b.z, sums[r]);
            sums[r] = mad(a.w, b.w, sums[r]);
        }

        MOVE_FINISH;
    }

    MOVE_REST;
#pragma unroll
    for (int r = 0; r < ROWS; r++)
    {
        partial[(part * ROWS + r) * 32 + column] = sums[r];
    }

    barrier(CLK_LOCAL_MEM_FENCE);
    int group_column = panel % PANELS_PER_GROUP * 32 + column;
    for (int r = part; r < ROWS && group_column < COLUMNS; r += PARTS)
    {
        float sum = 0.0f;
        for (int p = 0; p < PARTS; p++)
        {
            sum += partial[(p * ROWS + r) * 32 + column];
        }

        STORE(sum, 0, r, group * COLUMNS + group_column);
    }
}
