// Indices that a model computed: negative ones count from the end; one outside its axis is reported, and what it names is replaced by
// element 0, so that the kernel stays inside its memory.
// fault: {1, index, extent} of some index that is outside.
static inline int checked_index(int index, int extent, __global int* fault)
{
    const int position = index < 0 ? index + extent : index;
    if (position >= 0 && position < extent)
    {
        return position;
    }

    fault[0] = 1;
    fault[1] = index;
    fault[2] = extent;
    return 0;
}
