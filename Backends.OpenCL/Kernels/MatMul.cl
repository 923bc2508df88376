// The sides of a matrix product that are activations. Given by ClMatMul:
//   LEFT_INDEX                    int, or long where int is too small.
//   left_start(b, m)              address of row m of matrix b at depth 0.
//   left_depth(k)                 what depth k adds to it.
//   LEFT_RUN                      16, 4 or 1: so many neighbours along the depth, from a multiple of it, lie together.
//   LEFT_MEMORY                   its type in memory, and LEFT_LOAD(p), LEFT_LOAD4(p), LEFT_LOAD16(p): elements from p on as floats.
//   right_start(b), right_column(n), right_depth(k), RIGHT_RUN (along the depth), RIGHT_COLUMN_RUN (along the columns), RIGHT_INDEX,
//   RIGHT_MEMORY, RIGHT_LOAD(p), RIGHT_LOAD4(p), RIGHT_LOAD16(p)
//                                 the same for the right side when STREAMED is 0.

#define LEFT_ROW LEFT_INDEX

static inline LEFT_ROW left_row(int matrix, int m) { return left_start(matrix, m); }

// Steps k .. k + 3 of a row (k a multiple of 4), zeros behind the end of the reduction.
static inline float4 left_load4(__global const LEFT_MEMORY* left, LEFT_ROW row, int k)
{
    __global const LEFT_MEMORY* start = left + row;
#if LEFT_RUN >= 4
    if (DEPTH % 4 == 0 || k + 4 <= DEPTH)
    {
        return LEFT_LOAD4(start + left_depth(k));
    }
#endif
    return (float4)(
        k < DEPTH ? LEFT_LOAD(start + left_depth(k)) : 0.0f,
        k + 1 < DEPTH ? LEFT_LOAD(start + left_depth(k + 1)) : 0.0f,
        k + 2 < DEPTH ? LEFT_LOAD(start + left_depth(k + 2)) : 0.0f,
        k + 3 < DEPTH ? LEFT_LOAD(start + left_depth(k + 3)) : 0.0f);
}

#if CPU
static inline void left_pack(__global const LEFT_MEMORY* left, const LEFT_ROW* rows, int k, int steps, float* tile)
{
    for (int r = 0; r < TILE_ROWS; r++)
    {
        __global const LEFT_MEMORY* start = left + rows[r];
        float* target = tile + r * TILE_STRIDE;
        int i = 0;
#if LEFT_RUN >= 16
        for (; i + 16 <= steps; i += 16)
        {
            vstore16(LEFT_LOAD16(start + left_depth(k + i)), 0, target + i);
        }
#elif LEFT_RUN >= 4
        for (; i + 4 <= steps; i += 4)
        {
            vstore4(LEFT_LOAD4(start + left_depth(k + i)), 0, target + i);
        }
#endif
        for (; i < steps; i++)
        {
            target[i] = LEFT_LOAD(start + left_depth(k + i));
        }
    }
}
#endif

#if !STREAMED
// Steps k .. k + 3 of a column (k a multiple of 4), zeros behind the end of the reduction.
static inline float4 right_load4(__global const RIGHT_MEMORY* right, RIGHT_INDEX column, int k)
{
    __global const RIGHT_MEMORY* start = right + column;
#if RIGHT_RUN >= 4
    if (DEPTH % 4 == 0 || k + 4 <= DEPTH)
    {
        return RIGHT_LOAD4(start + right_depth(k));
    }
#endif
    return (float4)(
        k < DEPTH ? RIGHT_LOAD(start + right_depth(k)) : 0.0f,
        k + 1 < DEPTH ? RIGHT_LOAD(start + right_depth(k + 1)) : 0.0f,
        k + 2 < DEPTH ? RIGHT_LOAD(start + right_depth(k + 2)) : 0.0f,
        k + 3 < DEPTH ? RIGHT_LOAD(start + right_depth(k + 3)) : 0.0f);
}

#if CPU
// Depth steps [k, k + steps) of 32 columns as rows; columns behind the last one are zeros.
static inline void right_pack(
    __global const RIGHT_MEMORY* right, int matrix, int first_column, int columns, int k, int steps, float* rows)
{
    __global const RIGHT_MEMORY* start = right + right_start(matrix);
#if RIGHT_COLUMN_RUN >= 16
    if (columns == 32)
    {
        for (int i = 0; i < steps; i++)
        {
            __global const RIGHT_MEMORY* row = start + right_depth(k + i);
            vstore16(RIGHT_LOAD16(row + right_column(first_column)), 0, rows + 32 * i);
            vstore16(RIGHT_LOAD16(row + right_column(first_column + 16)), 1, rows + 32 * i);
        }

        return;
    }
#endif
    for (int c = 0; c < columns; c++)
    {
        __global const RIGHT_MEMORY* column = start + right_column(first_column + c);
        for (int i = 0; i < steps; i++)
        {
            rows[32 * i + c] = RIGHT_LOAD(column + right_depth(k + i));
        }
    }

    for (int c = columns; c < 32; c++)
    {
        for (int i = 0; i < steps; i++)
        {
            rows[32 * i + c] = 0.0f;
        }
    }
}
#endif
#endif
