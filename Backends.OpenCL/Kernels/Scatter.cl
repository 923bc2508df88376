// Writes updates into the output, which holds the data already. A row of walk.cl is a set of targets that no other row writes; its
// updates are applied in index order, so that the last of several wins.
//
// IN0, IN1              Int32 indices and updates; TARGET the output's accessors.
// TARGET_GET(x, at), TARGET_PUT(x, at, v)   an element of the output by its address.
// UPDATES               updates per row.
// FIND_ROW(row)         declares the row's own indices.
// FIND_TARGET(update)   declares `target`, the output address of an update of the row.
// UPDATE(update)        its value.
// COMBINE(old, value)   what is stored.

__kernel void scatter(INPUT(int, in0), INPUT(IN1_MEMORY, in1), OUTPUT(TARGET_MEMORY, out), __global int* fault)
{
    WALK_ITEM;
    ADVANCE(in0);
    ADVANCE(in1);
    ADVANCE(out);
    for (; row < end_row; row++)
    {
        FIND_ROW(row);
        for (int update = 0; update < UPDATES; update++)
        {
            FIND_TARGET(update);
            const TARGET_T old = TARGET_GET(out, target);
            TARGET_PUT(out, target, COMBINE(old, UPDATE(update)));
        }
    }
}
