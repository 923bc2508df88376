namespace FlashMem.Graph.Passes.Fusion;

/// <summary>A polynomial in one variable by its coefficients, lowest power first.</summary>
internal readonly struct Polynomial
{
    /// <summary>Highest power that activations' patterns need.</summary>
    public const int Degree = 4;

    private readonly double[]? coefficients;

    public Polynomial(params double[] coefficients) => this.coefficients = coefficients;

    public static Polynomial Variable => new(0, 1);

    public double this[int power] => coefficients is not null && power < coefficients.Length ? coefficients[power] : 0;

    public bool IsZero => coefficients is null || coefficients.All(coefficient => coefficient == 0);

    public static Polynomial operator +(Polynomial left, Polynomial right) =>
        new([.. Enumerable.Range(0, Degree + 1).Select(power => left[power] + right[power])]);

    public static Polynomial operator *(double factor, Polynomial right) =>
        new([.. Enumerable.Range(0, Degree + 1).Select(power => factor * right[power])]);

    /// <summary>The product; null when it exceeds <see cref="Degree"/>.</summary>
    public static Polynomial? Multiply(Polynomial left, Polynomial right)
    {
        var result = new double[Degree + 1];
        for (int i = 0; i <= Degree; i++)
        {
            for (int j = 0; j <= Degree; j++)
            {
                double product = left[i] * right[j];
                if (product != 0 && i + j > Degree)
                {
                    return null;
                }

                if (product != 0)
                {
                    result[i + j] += product;
                }
            }
        }

        return new Polynomial(result);
    }

    /// <summary>True when every coefficient agrees within a relative tolerance.</summary>
    public bool IsNear(double relativeTolerance, params ReadOnlySpan<double> expected)
    {
        for (int power = 0; power <= Degree; power++)
        {
            double target = power < expected.Length ? expected[power] : 0;
            if (Math.Abs(this[power] - target) > relativeTolerance * Math.Abs(target))
            {
                return false;
            }
        }

        return true;
    }
}
