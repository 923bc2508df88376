namespace FlashMem.Graph.Evaluation;

/// <summary>Functions that the base library lacks, in double precision.</summary>
internal static class SpecialFunctions
{
    /// <summary>The error function, by its series of positive terms: erf x = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!.</summary>
    public static double Erf(double x)
    {
        double size = Math.Abs(x);
        if (size > 6 || double.IsNaN(x))
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        double term = size;
        double sum = size;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * size * size / ((2 * n) + 1);
            sum += term;
        }

        return Math.CopySign(2 / Math.Sqrt(Math.PI) * Math.Exp(-size * size) * sum, x);
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 + exp x) without overflow.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    public static double Gelu(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));
}
