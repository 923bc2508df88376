using System.Collections.Immutable;
using System.Text.Json;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Cli.Sweeps;

/// <summary>
/// Reads sweep files. Everything in them is checked; an error names the JSON path, and the nearest names where there are some.
/// </summary>
internal static class SweepReader
{
    private static readonly string[] Known = ["schema", "devices", "models", "budgets", "policies", "set", "weights", "activations", "iterations"];

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <exception cref="UsageException">The file cannot be read or asks for what there is not.</exception>
    public static SweepSpec ReadFile(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception cause) when (cause is UsageException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the sweep '{path}': {cause.Message}", cause);
        }
    }

    /// <exception cref="UsageException">It asks for what there is not.</exception>
    public static SweepSpec Read(ReadOnlyMemory<byte> utf8)
    {
        using JsonDocument document = Parse(utf8);
        Dictionary<string, SweepNode> members = Members(new SweepNode(document.RootElement, "$"));
        SweepNode schema = Required(members, "schema");
        if (schema.Text() != SweepSpec.Schema)
        {
            throw schema.Error($"'{schema.Text()}' is another schema; it must be '{SweepSpec.Schema}'");
        }

        var spec = new SweepSpec
        {
            Devices = Distinct(Required(members, "devices"), SweepNames.Device),
            Models = Distinct(Required(members, "models"), SweepNames.Model),
        };
        if (members.TryGetValue("budgets", out SweepNode budgets))
        {
            spec = spec with { Budgets = Distinct(budgets, SweepNames.Budget) };
        }

        if (members.TryGetValue("policies", out SweepNode policies))
        {
            spec = spec with { Policies = Distinct(policies, SweepNames.Policy) };
        }

        if (members.TryGetValue("set", out SweepNode set))
        {
            spec = spec with { Set = SweepFigureReader.Read(set, spec.Devices) };
        }

        if (members.TryGetValue("weights", out SweepNode weights))
        {
            spec = spec with { WeightType = Precision(weights) };
        }

        if (members.TryGetValue("activations", out SweepNode activations))
        {
            spec = spec with { ActivationType = Precision(activations) };
        }

        return members.TryGetValue("iterations", out SweepNode iterations) ? spec with { Iterations = iterations.Count() } : spec;
    }

    /// <summary>The values of a list; a value that stands there twice would give the same points again and is an error.</summary>
    public static ImmutableArray<T> Distinct<T>(SweepNode list, Func<SweepNode, T> read)
    {
        var values = ImmutableArray.CreateBuilder<T>();
        foreach (SweepNode item in list.List())
        {
            T value = read(item);
            int same = values.IndexOf(value);
            if (same >= 0)
            {
                throw item.Error($"{item.Value.GetRawText()} is the same as {list.Path}[{same}]");
            }

            values.Add(value);
        }

        return values.DrainToImmutable();
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException error)
        {
            throw new UsageException($"not JSON: {error.Message}", error);
        }
    }

    private static Dictionary<string, SweepNode> Members(SweepNode root)
    {
        var members = new Dictionary<string, SweepNode>(StringComparer.Ordinal);
        foreach ((string name, SweepNode node) in root.Members())
        {
            members[name] = Known.Contains(name)
                ? node
                : throw node.Error($"there is no member '{name}'; the nearest are {NearestNames.Of(name, Known)}");
        }

        return members;
    }

    private static SweepNode Required(Dictionary<string, SweepNode> members, string name) => members.TryGetValue(name, out SweepNode node)
        ? node
        : throw new UsageException($"$: member '{name}' is missing");

    private static ElementType Precision(SweepNode node) => ElementTypes.OfPrecision(node.Text())
        ?? throw node.Error($"there is no precision '{node.Text()}'; there are fp16, fp32");
}
