using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using FlashMem.Backends.Host.Panels;

namespace FlashMem.Backends.Host.Attention;

/// <summary>
/// Running softmax of the 32 queries of one task over blocks of keys. Scores lie key by key, 32 queries side by side, so that maxima and
/// sums need no step across a vector.
/// </summary>
internal unsafe struct QueryState
{
    private const int Lanes = 16;

    private Vector512<float> maximum0;
    private Vector512<float> maximum1;
    private Vector512<float> sum0;
    private Vector512<float> sum1;

    /// <summary>The state before any key.</summary>
    public static QueryState Start() => new()
    {
        maximum0 = Vector512.Create(float.NegativeInfinity),
        maximum1 = Vector512.Create(float.NegativeInfinity),
    };

    /// <summary>
    /// Replaces the scores of a block of keys by exp(score - maximum so far) and scales what earlier blocks added to the output
    /// accordingly.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Absorb(QueryState* state, float* scores, int keys, float* output, int outputRows)
    {
        Vector512<float> m0 = state->maximum0;
        Vector512<float> m1 = state->maximum1;
        for (int k = 0; k < keys; k++)
        {
            m0 = Vector512.Max(m0, Vector512.Load(scores + (k * TileShape.PanelWidth)));
            m1 = Vector512.Max(m1, Vector512.Load(scores + (k * TileShape.PanelWidth) + Lanes));
        }

        // While every score is -infinity there is no finite maximum to subtract; 0 keeps exp(-infinity - 0) = 0 instead of NaN.
        Vector512<float> shift0 = FiniteOrZero(m0);
        Vector512<float> shift1 = FiniteOrZero(m1);
        Vector512<float> scale0 = VectorExponential.NonPositive(state->maximum0 - shift0);
        Vector512<float> scale1 = VectorExponential.NonPositive(state->maximum1 - shift1);
        Vector512<float> s0 = state->sum0 * scale0;
        Vector512<float> s1 = state->sum1 * scale1;
        for (int k = 0; k < keys; k++)
        {
            float* row = scores + (k * TileShape.PanelWidth);
            Vector512<float> p0 = VectorExponential.NonPositive(Vector512.Load(row) - shift0);
            Vector512<float> p1 = VectorExponential.NonPositive(Vector512.Load(row + Lanes) - shift1);
            s0 += p0;
            s1 += p1;
            p0.Store(row);
            p1.Store(row + Lanes);
        }

        for (int r = 0; r < outputRows; r++)
        {
            float* row = output + (r * TileShape.PanelWidth);
            (Vector512.Load(row) * scale0).Store(row);
            (Vector512.Load(row + Lanes) * scale1).Store(row + Lanes);
        }

        state->maximum0 = m0;
        state->maximum1 = m1;
        state->sum0 = s0;
        state->sum1 = s1;
    }

    /// <summary>
    /// Divides the output by the sums. A query whose keys are all masked by -infinity becomes NaN, as softmax defines it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish(QueryState* state, float* output, int outputRows)
    {
        Vector512<float> factor0 = Vector512<float>.One / state->sum0;
        Vector512<float> factor1 = Vector512<float>.One / state->sum1;
        for (int r = 0; r < outputRows; r++)
        {
            float* row = output + (r * TileShape.PanelWidth);
            (Vector512.Load(row) * factor0).Store(row);
            (Vector512.Load(row + Lanes) * factor1).Store(row + Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FiniteOrZero(Vector512<float> value) => Vector512.ConditionalSelect(
        Vector512.Equals(value, Vector512.Create(float.NegativeInfinity)), Vector512<float>.Zero, value);
}
