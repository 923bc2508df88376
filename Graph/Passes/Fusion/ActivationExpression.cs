using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Fusion;

/// <summary>
/// Reads a value as p(x) + q(x) * e, where x is one value, e the output of one node (erf, tanh, sigmoid) and p, q polynomials: so a
/// pattern is found however its factors and terms are ordered and grouped.
/// </summary>
internal readonly record struct ActivationExpression(Polynomial Plain, Polynomial Factor)
{
    private const int DeepestExpression = 8;

    /// <summary>Null when the value is no such expression.</summary>
    public static ActivationExpression? Read(GraphEditor editor, string value, string x, string e) =>
        Read(editor, value, x, e, DeepestExpression);

    private static ActivationExpression? Read(GraphEditor editor, string value, string x, string e, int depth)
    {
        if (value == x)
        {
            return new ActivationExpression(Polynomial.Variable, default);
        }

        if (value == e)
        {
            return new ActivationExpression(default, new Polynomial(1));
        }

        if (editor.Scalar(value) is { } constant)
        {
            return new ActivationExpression(new Polynomial(constant), default);
        }

        if (depth == 0 || editor.Producer(value) is not { } slot || !slot.Node.IsOnnx())
        {
            return null;
        }

        Node node = slot.Node;
        switch (node.OpType)
        {
            case "Add" or "Sub" or "Mul":
                return Read(editor, node.Inputs[0], x, e, depth - 1) is { } left
                    && Read(editor, node.Inputs[1], x, e, depth - 1) is { } right
                    ? Combine(node.OpType, left, right)
                    : null;
            case "Div":
                return editor.Scalar(node.Inputs[1]) is { } divisor && divisor != 0
                    && Read(editor, node.Inputs[0], x, e, depth - 1) is { } dividend
                    ? Scale(1 / divisor, dividend)
                    : null;
            case "Neg":
                return Read(editor, node.Inputs[0], x, e, depth - 1) is { } operand ? Scale(-1, operand) : null;
            case "Pow":
                return editor.Scalar(node.Inputs[1]) is 3 && Read(editor, node.Inputs[0], x, e, depth - 1) is { } root
                    && Combine("Mul", root, root) is { } square
                    ? Combine("Mul", square, root)
                    : null;
            default:
                return null;
        }
    }

    private static ActivationExpression Scale(double factor, ActivationExpression of) => new(factor * of.Plain, factor * of.Factor);

    private static ActivationExpression? Combine(string opType, ActivationExpression left, ActivationExpression right)
    {
        if (opType != "Mul")
        {
            ActivationExpression term = opType == "Sub" ? Scale(-1, right) : right;
            return new ActivationExpression(left.Plain + term.Plain, left.Factor + term.Factor);
        }

        // (p + q e)(r + s e): e squared is no such expression.
        return left.Factor.IsZero || right.Factor.IsZero
            ? Polynomial.Multiply(left.Plain, right.Plain) is { } plain
              && Polynomial.Multiply(left.Plain, right.Factor) is { } first && Polynomial.Multiply(left.Factor, right.Plain) is { } second
                ? new ActivationExpression(plain, first + second)
                : null
            : null;
    }
}
