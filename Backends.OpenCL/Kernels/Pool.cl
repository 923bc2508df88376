// Windowed reduction of images. A row of walk.cl is one output pixel's place along three axes, the column runs along the fourth:
// channels where they are neighbours in memory.
//
// FIND_ROW(row)         declares the indices n, c, y, x that are not the column's.
// COLUMN                name of the column's index: c or x.
// WINDOW_HEIGHT, WINDOW_WIDTH, STRIDE_Y, STRIDE_X, DILATION_Y, DILATION_X, PAD_TOP, PAD_LEFT, HEIGHT, WIDTH   geometry of the input.
// RUN_T                 float or a vector of RUN floats.
// MAXIMUM               1 for the largest element, else the mean: over the window's elements inside the input, or with INCLUDE_PAD over
//                       the whole window.

__kernel void pool(INPUT(IN0_MEMORY, in0), OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
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
            RUN_T result = MAXIMUM ? -INFINITY : 0.0f;
            int inside = 0;
            for (int i = 0; i < WINDOW_HEIGHT; i++)
            {
                const int h = y * STRIDE_Y - PAD_TOP + i * DILATION_Y;
                if (h < 0 || h >= HEIGHT) continue;
                for (int j = 0; j < WINDOW_WIDTH; j++)
                {
                    const int w = x * STRIDE_X - PAD_LEFT + j * DILATION_X;
                    if (w < 0 || w >= WIDTH) continue;
                    const RUN_T element = OF_RUN(IN0_LOAD)(in0, n, c, h, w);
                    result = MAXIMUM ? OF_RUN(fm_max)(result, element) : result + element;
                    inside++;
                }
            }
#if !MAXIMUM
            result = result * (1.0f / (float)(INCLUDE_PAD ? WINDOW_HEIGHT * WINDOW_WIDTH : max(inside, 1)));
#endif
            OF_RUN(STORE)(result, n, c, y, x);
        }
    }
}
