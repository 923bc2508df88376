// Reduction of rows to one value each.
//
// FORM            what a row's elements are made into: FORM_FOLD, FORM_LOG_SUM_EXP or FORM_POSITION.
// INTEGER         1 for Int32 elements, which are combined exactly in 64 bits.
// IDENTITY, COMBINE, MAP(x), MAP_RUN(x), FINISH(value)   of FORM_FOLD: COMBINE over MAP of the elements, then FINISH.
// BETTER(a, b)    of FORM_POSITION: a takes the place of b.
// RESULT_TYPE     type of the result: float or int.

#define FORM_FOLD 0
#define FORM_LOG_SUM_EXP 1
#define FORM_POSITION 2

// Combining integers.
static inline long int_add(long x, long y) { return x + y; }

static inline long int_mul(long x, long y) { return as_long(as_ulong(x) * as_ulong(y)); }

static inline long int_max(long x, long y) { return max(x, y); }

static inline long int_min(long x, long y) { return min(x, y); }

// The root rounded down; sqrt of floats alone can be one off.
static inline long int_root(long x)
{
    long root = (long)sqrt((float)x);
    while (root * root > x) root--;
    while ((root + 1) * (root + 1) <= x) root++;
    return root;
}

#define ELEMENT(i) IN0_LOAD(in0, row, i)
#define ELEMENT_run(i) OF_RUN(IN0_LOAD)(in0, row, i)
#define MAPPED(i) MAP(ELEMENT(i))
#define MAPPED_run(i) MAP_RUN(ELEMENT_run(i))
#define NUMBER(i) ((float)ELEMENT(i))
#define NUMBER_run(i) (OF_RUN(convert_float)(ELEMENT_run(i)))
#define EXPONENTIAL(i) fm_exp(NUMBER(i) - largest)
#define EXPONENTIAL_run(i) OF_RUN(fm_exp)(NUMBER_run(i) - largest)

__kernel void reduce(INPUT(IN0_MEMORY, in0), OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ROWS_ITEM;
#if FORM == FORM_POSITION && LANES > 1
    __local int shared_position[LANES * GROUP_ROWS];
#endif
    ADVANCE(in0);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    FOR_ROWS(row, active)
    {
#if FORM == FORM_FOLD
        FOLD(combined, IDENTITY, COMBINE, MAPPED)
        const RESULT_TYPE result = FINISH(combined);
#elif FORM == FORM_LOG_SUM_EXP
        FOLD(largest, -INFINITY, fm_max, NUMBER)
        FOLD(sum, 0.0f, fm_add, EXPONENTIAL)
        // A row of infinities has no sum relative to its maximum.
        const RESULT_TYPE result = FINISH(isinf(largest) ? largest : largest + log(sum));
#else
        // Of equals the first: a lane goes forward, and between lanes the smaller position wins.
        int position = INNER > 0 ? min(lane, INNER - 1) : 0;
        IN0_T best = INNER > 0 ? ELEMENT(position) : 0;
        for (int i = lane + LANES; i < INNER; i += LANES)
        {
            const IN0_T element = ELEMENT(i);
            if (BETTER(element, best))
            {
                best = element;
                position = i;
            }
        }
#if LANES > 1
        shared[local_item] = best;
        shared_position[local_item] = position;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int step = LANES / 2; step > 0; step /= 2)
        {
            const int other = local_item + step * LANE_STEP;
            if (lane < step && (BETTER(shared[other], shared[local_item])
                    || (shared[other] == shared[local_item] && shared_position[other] < shared_position[local_item])))
            {
                shared[local_item] = shared[other];
                shared_position[local_item] = shared_position[other];
            }
            barrier(CLK_LOCAL_MEM_FENCE);
        }
        position = shared_position[row_place];
        barrier(CLK_LOCAL_MEM_FENCE);
#endif
        const RESULT_TYPE result = position;
#endif
        if (active && lane == 0)
        {
            OF_ROW(STORE)(result, row);
        }
    }
}
