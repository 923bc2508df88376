// Normalisation of rows: the mean, the mean squared deviation from it (so that nothing cancels), the results.
//
// CENTERED        1 subtracts the mean; 0 is the root-mean-square form.
// HAS_SCALE, HAS_BIAS   whether there are factors and shifts, of which IN1 and IN2 are the accessors.
// EPSILON         added to the mean square.

#define ELEMENT(i) IN0_LOAD(in0, row, i)
#define ELEMENT_run(i) OF_RUN(IN0_LOAD)(in0, row, i)
#define DEVIATION(i) (ELEMENT(i) - mean)
#define DEVIATION_run(i) (ELEMENT_run(i) - mean)
#define SQUARE(i) (DEVIATION(i) * DEVIATION(i))
#define SQUARE_run(i) (DEVIATION_run(i) * DEVIATION_run(i))
#if HAS_SCALE
#define SCALED(i) (DEVIATION(i) * factor * IN1_LOAD(in1, row, i))
#define SCALED_run(i) (DEVIATION_run(i) * factor * OF_RUN(IN1_LOAD)(in1, row, i))
#else
#define SCALED(i) (DEVIATION(i) * factor)
#define SCALED_run(i) (DEVIATION_run(i) * factor)
#endif
#if HAS_BIAS
#define RESULT(i) (SCALED(i) + IN2_LOAD(in2, row, i))
#define RESULT_run(i) (SCALED_run(i) + OF_RUN(IN2_LOAD)(in2, row, i))
#else
#define RESULT(i) SCALED(i)
#define RESULT_run(i) SCALED_run(i)
#endif

__kernel void normalize_rows(
    INPUT(IN0_MEMORY, in0),
#if HAS_SCALE
    INPUT(IN1_MEMORY, in1),
#endif
#if HAS_BIAS
    INPUT(IN2_MEMORY, in2),
#endif
    OUTPUT(OUT_MEMORY, out)
    EPILOGUE_PARAMETERS)
{
    ROWS_ITEM;
    ADVANCE(in0);
#if HAS_SCALE
    ADVANCE(in1);
#endif
#if HAS_BIAS
    ADVANCE(in2);
#endif
    ADVANCE(out);
    EPILOGUE_ADVANCE
    FOR_ROWS(row, active)
    {
#if CENTERED
        FOLD(sum, 0.0f, fm_add, ELEMENT)
        const ROW_T mean = sum / (float)INNER;
#else
        const ROW_T mean = 0.0f;
#endif
        FOLD(squares, 0.0f, fm_add, SQUARE)
        const ROW_T factor = 1.0f / sqrt(squares / (float)INNER + EPSILON);
        if (active)
        {
            FOR_RUNS(i) OF_RUN(STORE)(RESULT_run(i), row, i);
#if HAS_TAIL
            FOR_TAIL(i) STORE(RESULT(i), row, i);
#endif
        }
    }
}
