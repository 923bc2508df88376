// Every element from the elements at the same index: fused expressions, copies, fetched rows.
//
// HAS_INPUT       1 when there is an operand 0; IN0 are its accessors.
// IN_PLACE        1 when operand 0 is the output itself.
// Index           (row, column) of walk.cl.

#if HAS_INPUT || IN_PLACE
#define LOAD(row, column) IN0_LOAD(in0, row, column)
#define LOAD_RUN(row, column) OF_RUN(IN0_LOAD)(in0, row, column)
#else
// The expression reads no operand.
#define LOAD(row, column) 0
#define LOAD_RUN(row, column) 0
#endif

__kernel void elementwise(
#if HAS_INPUT
    INPUT(IN0_MEMORY, in0),
#endif
    OUTPUT(OUT_MEMORY, out)
    EPILOGUE_PARAMETERS
    MOVE_PARAMETERS)
{
    WALK_ITEM;
    MOVE_BEGIN(item);
    MOVE_ISSUE;
    ADVANCE(out);
    EPILOGUE_ADVANCE
#if HAS_INPUT
    ADVANCE(in0);
#elif IN_PLACE
    __global const OUT_MEMORY* in0 = out;
#endif
    for (; row < end_row; row++)
    {
        int column = first_column;
#if RUN > 1
        for (; column + RUN <= end_column; column += RUN)
        {
            OF_RUN(STORE)(LOAD_RUN(row, column), row, column);
        }
#endif
        for (; column < end_column; column++)
        {
            STORE(LOAD(row, column), row, column);
        }
    }

    MOVE_FINISH;
    MOVE_REST;
}
