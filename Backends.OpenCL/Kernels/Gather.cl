// Reads by index. Row and column are those of walk.cl: a row is one place of the output, the column runs along what is copied whole.
//
// IN0, IN1              data and Int32 indices.
// FIND_SOURCE(row)      declares what the two below need: the row's output indices and the data indices that it reads.
// SOURCE(column), SOURCE_RUN(column)       element and run of the data.
// STORE_AT(r, column), STORE_RUN_AT(r, column)   store a result.

__kernel void gather(
    INPUT(IN0_MEMORY, in0),
    INPUT(int, in1),
    OUTPUT(OUT_MEMORY, out)
    EPILOGUE_PARAMETERS,
    __global int* fault)
{
    WALK_ITEM;
    ADVANCE(in0);
    ADVANCE(in1);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    for (; row < end_row; row++)
    {
        FIND_SOURCE(row);
        int column = first_column;
#if RUN > 1
        for (; column + RUN <= end_column; column += RUN)
        {
            STORE_RUN_AT(SOURCE_RUN(column), column);
        }
#endif
        for (; column < end_column; column++)
        {
            STORE_AT(SOURCE(column), column);
        }
    }
}
