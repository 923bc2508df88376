using System.Text;

namespace FlashMem.Backends.OpenCL.Source;

/// <summary>Declarations of indices as the body of a macro; without the last semicolon.</summary>
internal sealed class ClStatements
{
    private readonly StringBuilder text = new();

    public ClStatements Declare(string name, string value)
    {
        text.Append(text.Length == 0 ? string.Empty : "; ").Append($"const int {name} = {value}");
        return this;
    }

    public ClStatements Declare(IReadOnlyList<string> names, IReadOnlyList<string> values)
    {
        for (int i = 0; i < names.Count; i++)
        {
            Declare(names[i], values[i]);
        }

        return this;
    }

    /// <summary>Declares an index read from the model's own indices, checked as <c>indices.cl</c> does it.</summary>
    public ClStatements DeclareIndex(string name, string index, long extent) =>
        Declare(name, $"checked_index({index}, {ClTypes.Number(extent)}, fault)");

    public override string ToString() => text.ToString();
}
