// Softmax over rows: the maximum, the sum of the exponentials relative to it, the results.
//
// LOGARITHM       1 for the logarithm of softmax.

#define ELEMENT(i) IN0_LOAD(in0, row, i)
#define ELEMENT_run(i) OF_RUN(IN0_LOAD)(in0, row, i)
#define EXPONENTIAL(i) fm_exp(ELEMENT(i) - largest)
#define EXPONENTIAL_run(i) OF_RUN(fm_exp)(ELEMENT_run(i) - largest)
#if LOGARITHM
#define RESULT(i) (ELEMENT(i) - largest - scale)
#define RESULT_run(i) (ELEMENT_run(i) - largest - scale)
#else
#define RESULT(i) (EXPONENTIAL(i) * scale)
#define RESULT_run(i) (EXPONENTIAL_run(i) * scale)
#endif

__kernel void softmax(INPUT(IN0_MEMORY, in0), OUTPUT(OUT_MEMORY, out) EPILOGUE_PARAMETERS)
{
    ROWS_ITEM;
    ADVANCE(in0);
    ADVANCE(out);
    EPILOGUE_ADVANCE
    FOR_ROWS(row, active)
    {
        FOLD(largest, -INFINITY, fm_max, ELEMENT)
        FOLD(sum, 0.0f, fm_add, EXPONENTIAL)
        const ROW_T scale = LOGARITHM ? log(sum) : 1.0f / sum;
        if (active)
        {
            FOR_RUNS(i) OF_RUN(STORE)(RESULT_run(i), row, i);
#if HAS_TAIL
            FOR_TAIL(i) STORE(RESULT(i), row, i);
#endif
        }
    }
}
