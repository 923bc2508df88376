namespace FlashMem.Backends.Host.Elementwise;

/// <summary>
/// The primitives that occur too rarely for a loop over registers, with the shape of <see cref="TileLoop"/>: an element at a time.
/// </summary>
internal static unsafe class ScalarLoops
{
    public static void Logarithm(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Log, a, destination, count);

    public static void Sine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Sin, a, destination, count);

    public static void Cosine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Cos, a, destination, count);

    public static void Tangent(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Tan, a, destination, count);

    public static void ArcSine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Asin, a, destination, count);

    public static void ArcCosine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Acos, a, destination, count);

    public static void ArcTangent(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Atan, a, destination, count);

    public static void HyperbolicSine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Sinh, a, destination, count);

    public static void HyperbolicCosine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Cosh, a, destination, count);

    public static void ArcHyperbolicSine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Asinh, a, destination, count);

    public static void ArcHyperbolicCosine(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Acosh, a, destination, count);

    public static void ArcHyperbolicTangent(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Atanh, a, destination, count);

    public static void Softplus(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, destination, count);

        static float Value(float x)
        {
            // log(1 + y) loses what 1 + y rounds away; the quotient puts it back (Kahan).
            float y = MathF.Exp(-MathF.Abs(x));
            float sum = 1 + y;
            float logarithm = sum == 1 ? y : MathF.Log(sum) * y / (sum - 1);
            return Math.Max(x, 0) + logarithm;
        }
    }

    public static void Power(TileSource* a, TileSource* b, TileSource* c, float* destination, int count) =>
        Map(&MathF.Pow, a, b, destination, count);

    public static void Remainder(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static float Value(float x, float y) => x % y;
    }

    public static void FloorModulo(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static float Value(float x, float y)
        {
            float remainder = x % y;
            return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder;
        }
    }

    // Division by zero has no value in a tensor of integers; 0 keeps the run going as ONNX leaves it undefined.
    public static void DivideInt(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static int Value(int x, int y) => y == 0 ? 0 : (int)((long)x / y);
    }

    public static void RemainderInt(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static int Value(int x, int y) => y == 0 ? 0 : (int)((long)x % y);
    }

    public static void FloorModuloInt(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static int Value(int x, int y) => y == 0 ? 0 : (int)((((long)x % y) + y) % y);
    }

    public static void PowerInt(TileSource* a, TileSource* b, TileSource* c, float* destination, int count)
    {
        Map(&Value, a, b, destination, count);

        static int Value(int x, int y) => (int)Math.Clamp(Math.Pow(x, y), int.MinValue, int.MaxValue);
    }

    private static void Map(delegate*<float, float> value, TileSource* a, float* destination, int count)
    {
        float* x = a->Pointer;
        for (int i = 0; i < count; i++)
        {
            destination[i] = value(x[i * a->Step]);
        }
    }

    private static void Map(delegate*<float, float, float> value, TileSource* a, TileSource* b, float* destination, int count)
    {
        float* x = a->Pointer;
        float* y = b->Pointer;
        for (int i = 0; i < count; i++)
        {
            destination[i] = value(x[i * a->Step], y[i * b->Step]);
        }
    }

    private static void Map(delegate*<int, int, int> value, TileSource* a, TileSource* b, float* destination, int count)
    {
        int* x = (int*)a->Pointer;
        int* y = (int*)b->Pointer;
        for (int i = 0; i < count; i++)
        {
            ((int*)destination)[i] = value(x[i * a->Step], y[i * b->Step]);
        }
    }
}
