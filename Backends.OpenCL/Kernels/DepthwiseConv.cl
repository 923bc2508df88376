// A convolution whose groups have one input channel each; its weight is a table [kernel row x kernel column, output channel]. A work-item
// sums RUN neighbouring channels of one output pixel over the window, in kernel order.
// Given by ClDepthwiseConv: RUN (16, 4 or 1), FLOATS, LEFT_RUN_LOAD(p), TABLE_RUN_LOAD(p), STORE_SUM (of that
// width), LEFT_MEMORY, TABLE_MEMORY, TABLE_INDEX, table_tap(t), table_channel(c),
// OUT_CHANNELS, PIXELS, MULTIPLIER (output channels per input channel); and windows.cl.

__kernel void depthwise(INPUT(LEFT_MEMORY, left), INPUT(TABLE_MEMORY, table), OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ADVANCE(left);
    ADVANCE(table);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    int position = (int)get_global_id(0);
    int channel = position % (OUT_CHANNELS / RUN) * RUN;
    int pixel = position / (OUT_CHANNELS / RUN);
    if (pixel >= PIXELS)
    {
        return;
    }

    int line = pixel / OUT_WIDTH;
    int top = line % OUT_HEIGHT * STRIDE_Y - PAD_TOP;
    int side = pixel % OUT_WIDTH * STRIDE_X - PAD_LEFT;
    __global const LEFT_MEMORY* start = left + x_image(line / OUT_HEIGHT) + x_channel(channel / MULTIPLIER);
    __global const TABLE_MEMORY* weight = table + table_channel(channel);
    FLOATS sum = (FLOATS)(0.0f);
    for (int i = 0; i < KERNEL_HEIGHT; i++)
    {
        int y = input_index(top + i * DILATION_Y, SPREAD_Y, IN_HEIGHT);
        for (int j = 0; j < KERNEL_WIDTH && y >= 0; j++)
        {
            int x = input_index(side + j * DILATION_X, SPREAD_X, IN_WIDTH);
            if (x >= 0)
            {
                sum = mad(LEFT_RUN_LOAD(start + x_row(y) + x_column(x)), TABLE_RUN_LOAD(weight + table_tap(i * KERNEL_WIDTH + j)), sum);
            }
        }
    }

    STORE_SUM(sum, 0, pixel, channel);
}
