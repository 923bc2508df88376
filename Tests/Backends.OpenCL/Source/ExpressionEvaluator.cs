using System.Globalization;

namespace FlashMem.Tests.Backends.OpenCL.Source;

/// <summary>Evaluates the integer expressions of C that index generators write: + - * / % &gt;&gt; &amp;, parentheses, names, numbers.</summary>
internal sealed class ExpressionEvaluator
{
    // Operators by falling precedence.
    private static readonly string[][] Levels = [["&"], [">>"], ["+", "-"], ["*", "/", "%"]];

    private readonly string text;
    private readonly IReadOnlyDictionary<string, long> names;
    private int at;

    private ExpressionEvaluator(string text, IReadOnlyDictionary<string, long> names)
    {
        this.text = text;
        this.names = names;
    }

    public static long Evaluate(string text, IReadOnlyDictionary<string, long> names)
    {
        var evaluator = new ExpressionEvaluator(text, names);
        long value = evaluator.Binary(0);
        evaluator.SkipSpaces();
        return evaluator.at == text.Length ? value : throw new FormatException($"'{text}' goes on at {evaluator.at}");
    }

    private long Binary(int level)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        long left = Binary(level + 1);
        while (TryTake(Levels[level]) is { } op)
        {
            long right = Binary(level + 1);
            left = op switch
            {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "/" => left / right,
                "%" => left % right,
                ">>" => left >> (int)right,
                _ => left & right,
            };
        }

        return left;
    }

    private long Unary()
    {
        if (TryTake(["-"]) is not null)
        {
            return -Unary();
        }

        if (TryTake(["("]) is not null)
        {
            long value = Binary(0);
            return TryTake([")"]) is null ? throw new FormatException($"'{text}' lacks a parenthesis at {at}") : value;
        }

        SkipSpaces();
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
        {
            at++;
        }

        string word = text[start..at];
        return names.TryGetValue(word, out long named) ? named : long.Parse(word.TrimEnd('L'), CultureInfo.InvariantCulture);
    }

    private string? TryTake(string[] operators)
    {
        SkipSpaces();
        foreach (string op in operators)
        {
            if (string.CompareOrdinal(text, at, op, 0, op.Length) == 0)
            {
                at += op.Length;
                return op;
            }
        }

        return null;
    }

    private void SkipSpaces()
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }
}
