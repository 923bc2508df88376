// Where the windows of a convolution lie in its input. Given by ConvWindows:
//   X_INDEX                              int, or long where int is too small.
//   x_image(n), x_channel(c), x_row(h), x_column(w)   what the input's axes add to an address; x_image holds the view's offset.
//   IN_HEIGHT, IN_WIDTH, OUT_HEIGHT, OUT_WIDTH, KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE_Y, STRIDE_X, DILATION_Y, DILATION_X, PAD_TOP, PAD_LEFT
//   SPREAD_Y, SPREAD_X                   the input's dilation (transposed convolution).

// Input index at a position of the spread-out input, or -1 where padding or an inserted zero lies.
static inline int input_index(int position, int spread, int extent)
{
    int index = spread == 1 ? position : position / spread;
    bool inside = position >= 0 && index < extent && (spread == 1 || index * spread == position);
    return inside ? index : -1;
}
