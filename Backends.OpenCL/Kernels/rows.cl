// How work-items share rows that are reduced along their length (ClRows). Index (row, i): ROWS rows of INNER elements.
//
// ACROSS          0: neighbours in memory are neighbours in a row; a run is RUN elements of one row, what is left of a row is done one by
//                 one. 1: neighbours in memory are the same element of neighbouring rows; a run is one element of RUN rows, which are
//                 worked on together (ROWS is a multiple of RUN).
// RUN_T            type of a run. ROW_T: type of what a row gives: RUN_T when ACROSS, else the scalar.
// LANES           work-items that share a row: 1, or a power of two; then RUN of rows across is 1.
// GROUP_ROWS      rows (runs of rows) that a work-group works on at once.
// ROW_FASTEST     1: neighbouring work-items have neighbouring rows, else neighbouring parts of one row.
// ITEM_ROWS       rows (runs of rows) that a work-item works on, one after the other.
//
// Every work-item of a group goes through all loops, so that barriers match; `active` says whether its row exists.
// The order in which a row is added up depends on these constants only.

#define ROW_STEP (ACROSS ? RUN : 1)
#define UNITS (ROWS / ROW_STEP)

#if ACROSS
#define OF_ROW(name) OF_RUN(name)
#define RUNS_START lane
#define RUNS_STEP LANES
#define RUNS_END INNER
#define HAS_TAIL 0
#else
#define OF_ROW(name) name
#define RUNS_START (lane * RUN)
#define RUNS_STEP (LANES * RUN)
#define RUNS_END (INNER / RUN * RUN)
#define HAS_TAIL (INNER % RUN != 0)
#endif

// Declares lane and first_unit.
#define ROWS_ITEM \
    const int local_item = (int)get_local_id(0); \
    const int lane = ROW_FASTEST ? local_item / GROUP_ROWS : local_item % LANES; \
    const int group_row = ROW_FASTEST ? local_item % GROUP_ROWS : local_item / LANES; \
    const int first_unit = ((int)get_group_id(0) * GROUP_ROWS + group_row) * ITEM_ROWS; \
    ROWS_SHARED

// Loop over the work-item's rows: declares row and active.
#define FOR_ROWS(row, active) \
    for (int unit = first_unit, row = min(first_unit, UNITS - 1) * ROW_STEP, active = first_unit < UNITS; \
         unit < first_unit + ITEM_ROWS && (LANES > 1 || active); \
         unit++, row = min(unit, UNITS - 1) * ROW_STEP, active = unit < UNITS)

// Loops over the lane's runs of a row and, with HAS_TAIL, over the elements left of it.
#define FOR_RUNS(i) for (int i = RUNS_START; i < RUNS_END; i += RUNS_STEP)
#define FOR_TAIL(i) for (int i = RUNS_END + lane; i < INNER; i += LANES)
#if HAS_TAIL
#define FOLD_TAIL(result, combine, map) FOR_TAIL(i) result = combine(result, map(i));
#else
#define FOLD_TAIL(result, combine, map)
#endif

// ROW_T result = combination of map(element) over the row: `map` of scalars, map##_run of runs. A lane adds 64 runs at a time, so that
// long rows lose little to rounding.
#define FOLD(result, identity, combine, map) \
    ROW_T result = identity; \
    { \
        RUN_T total = identity; \
        for (int i = RUNS_START; i < RUNS_END;) \
        { \
            const int stop = min(i + 64 * RUNS_STEP, RUNS_END); \
            RUN_T part = identity; \
            for (; i < stop; i += RUNS_STEP) part = OF_RUN(combine)(part, map##_run(i)); \
            total = OF_RUN(combine)(total, part); \
        } \
        FOLD_RUN(result, total, combine) \
        FOLD_TAIL(result, combine, map) \
    } \
    COMBINE_LANES(result, OF_ROW(combine))

// The elements of a run into one, pairs first.
#if ACROSS || RUN == 1
#define FOLD_RUN(result, total, combine) result = total;
#else
#define FOLD_RUN(result, total, combine) \
    ROW_T elements[RUN]; \
    OF_RUN(vstore)(total, 0, elements); \
    for (int half_run = RUN / 2; half_run > 0; half_run /= 2) \
        for (int k = 0; k < half_run; k++) elements[k] = combine(elements[k], elements[k + half_run]); \
    result = elements[0];
#endif

// The lanes' values into one, as a tree; all lanes get it.
#if LANES > 1
#define ROWS_SHARED __local ROW_T shared[LANES * GROUP_ROWS]; const int row_place = ROW_FASTEST ? group_row : group_row * LANES
#define LANE_STEP (ROW_FASTEST ? GROUP_ROWS : 1)
#define COMBINE_LANES(value, combine) \
    shared[local_item] = value; \
    barrier(CLK_LOCAL_MEM_FENCE); \
    for (int step = LANES / 2; step > 0; step /= 2) \
    { \
        if (lane < step) shared[local_item] = combine(shared[local_item], shared[local_item + step * LANE_STEP]); \
        barrier(CLK_LOCAL_MEM_FENCE); \
    } \
    value = shared[row_place]; \
    barrier(CLK_LOCAL_MEM_FENCE);
#else
#define ROWS_SHARED
#define COMBINE_LANES(value, combine)
#endif
