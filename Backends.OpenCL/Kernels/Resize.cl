// Resampling of images. Row and column as in Pool.cl.
//
// FIND_ROW(row), COLUMN, RUN_T   as in Pool.cl.
// TAPS                  input coordinates that an output coordinate reads along each axis.
// ROW_FIRST, COLUMN_FIRST   first of them for every output row and column; may lie outside the input, which is clamped to its edge.
// ROW_WEIGHTS, COLUMN_WEIGHTS   weights of the taps, TAPS per output coordinate (only where TAPS > 1).
// HEIGHT, WIDTH         of the input.

__kernel void resize(INPUT(IN0_MEMORY, in0), OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    WALK_ITEM;
    ADVANCE(in0);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    for (; row < end_row; row++)
    {
        FIND_ROW(row);
        for (int COLUMN = first_column; COLUMN < end_column; COLUMN += RUN)
        {
#if TAPS == 1
            const RUN_T result = OF_RUN(IN0_LOAD)(
                in0, n, c, clamp(ROW_FIRST[y], 0, HEIGHT - 1), clamp(COLUMN_FIRST[x], 0, WIDTH - 1));
#else
            RUN_T result = 0.0f;
            for (int i = 0; i < TAPS; i++)
            {
                const int h = clamp(ROW_FIRST[y] + i, 0, HEIGHT - 1);
                RUN_T line = 0.0f;
                for (int j = 0; j < TAPS; j++)
                {
                    const int w = clamp(COLUMN_FIRST[x] + j, 0, WIDTH - 1);
                    line += OF_RUN(IN0_LOAD)(in0, n, c, h, w) * COLUMN_WEIGHTS[x * TAPS + j];
                }

                result += line * ROW_WEIGHTS[y * TAPS + i];
            }
#endif
            OF_RUN(STORE)(result, n, c, y, x);
        }
    }
}
