using System.Text.Json;
using FlashMem.Abstractions.Errors;

namespace FlashMem.Cli.Sweeps;

/// <summary>A value of a sweep file with its JSON path, which every error names.</summary>
internal readonly record struct SweepNode(JsonElement Value, string Path)
{
    public UsageException Error(string problem) => new($"{Path}: {problem}");

    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong("a string");

    public int Count() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out int count) && count > 0
        ? count
        : throw Wrong("a whole number of at least 1");

    /// <summary>A list with at least one element.</summary>
    public IReadOnlyList<SweepNode> List()
    {
        if (Value.ValueKind != JsonValueKind.Array)
        {
            throw Wrong("a list");
        }

        string path = Path;
        SweepNode[] items = [.. Value.EnumerateArray().Select((item, index) => new SweepNode(item, $"{path}[{index}]"))];
        return items.Length > 0 ? items : throw Error("the list is empty, so there would be no point to run");
    }

    /// <summary>The members of an object, in their order.</summary>
    public IReadOnlyList<(string Name, SweepNode Node)> Members()
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("an object");
        }

        string path = Path;
        return [.. Value.EnumerateObject().Select(member => (member.Name, new SweepNode(member.Value, Child(path, member.Name))))];
    }

    /// <summary>The error that the value is none of what it may be.</summary>
    public UsageException Wrong(string expected) => Error($"this is {Kind(Value)}; it must be {expected}");

    private static string Child(string path, string name) =>
        name.All(letter => char.IsLetterOrDigit(letter) || letter == '_') ? $"{path}.{name}" : $"{path}[\"{name}\"]";

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
