// The left side of a convolution as a matrix product: row = output pixel, depth = (kernel row, kernel column, input channel of the group).
// Given by ClConv besides windows.cl:
//   LEFT_MEMORY, LEFT_LOAD(p), LEFT_LOAD4(p), LEFT_LOAD16(p)   as in MatMul.cl.
//   CHANNELS      input channels of a group.
//   CHANNEL_RUN   16, 4 or 1: so many neighbours from a multiple of it lie together; no run crosses from one tap of a window to the next.

typedef struct
{
    X_INDEX start;   // of the image
    int top;         // the window's first row and column in the spread-out input
    int left;
    int channel;     // first of the group
} LEFT_ROW;

static inline LEFT_ROW left_row(int group, int pixel)
{
    int line = pixel / OUT_WIDTH;
    LEFT_ROW row;
    row.start = x_image(line / OUT_HEIGHT);
    row.top = (line % OUT_HEIGHT) * STRIDE_Y - PAD_TOP;
    row.left = (pixel % OUT_WIDTH) * STRIDE_X - PAD_LEFT;
    row.channel = group * CHANNELS;
    return row;
}

static inline float left_load(__global const LEFT_MEMORY* left, LEFT_ROW row, int k)
{
    int tap = k / CHANNELS;
    int y = input_index(row.top + tap / KERNEL_WIDTH * DILATION_Y, SPREAD_Y, IN_HEIGHT);
    int x = input_index(row.left + tap % KERNEL_WIDTH * DILATION_X, SPREAD_X, IN_WIDTH);
    return k < DEPTH && y >= 0 && x >= 0
        ? LEFT_LOAD(left + row.start + x_row(y) + x_column(x) + x_channel(row.channel + k % CHANNELS)) : 0.0f;
}

// Steps k .. k + 3 of a row (k a multiple of 4), zeros behind the end of the reduction.
static inline float4 left_load4(__global const LEFT_MEMORY* left, LEFT_ROW row, int k)
{
#if CHANNEL_RUN >= 4
    int tap = k / CHANNELS;
    int y = input_index(row.top + tap / KERNEL_WIDTH * DILATION_Y, SPREAD_Y, IN_HEIGHT);
    int x = input_index(row.left + tap % KERNEL_WIDTH * DILATION_X, SPREAD_X, IN_WIDTH);
    return k < DEPTH && y >= 0 && x >= 0
        ? LEFT_LOAD4(left + row.start + x_row(y) + x_column(x) + x_channel(row.channel + k % CHANNELS)) : (float4)(0.0f);
#else
    return (float4)(left_load(left, row, k), left_load(left, row, k + 1), left_load(left, row, k + 2), left_load(left, row, k + 3));
#endif
}

#if CPU
static inline void left_pack(__global const LEFT_MEMORY* left, const LEFT_ROW* rows, int k, int steps, float* tile)
{
    int count;
    for (int i = 0; i < steps; i += count)
    {
        int tap = (k + i) / CHANNELS;
        int channel = (k + i) % CHANNELS;
        count = min(CHANNELS - channel, steps - i);
        for (int r = 0; r < TILE_ROWS; r++)
        {
            float* target = tile + r * TILE_STRIDE + i;
            int y = input_index(rows[r].top + tap / KERNEL_WIDTH * DILATION_Y, SPREAD_Y, IN_HEIGHT);
            int x = input_index(rows[r].left + tap % KERNEL_WIDTH * DILATION_X, SPREAD_X, IN_WIDTH);
            bool inside = y >= 0 && x >= 0;
            __global const LEFT_MEMORY* pixel = left + rows[r].start + (inside ? x_row(y) + x_column(x) : 0);
            int first = rows[r].channel + channel;
#if CHANNEL_RUN >= 16
            for (int c = 0; c < count; c += 16)
            {
                vstore16(inside ? LEFT_LOAD16(pixel + x_channel(first + c)) : (float16)(0.0f), 0, target + c);
            }
#else
            for (int c = 0; c < count; c++)
            {
                target[c] = inside ? LEFT_LOAD(pixel + x_channel(first + c)) : 0.0f;
            }
#endif
        }
    }
}
#endif
