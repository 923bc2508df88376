using System.Collections.Immutable;
using System.IO.Enumeration;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Graph.Ir;

namespace FlashMem.Scheduling.Problem;

/// <summary>
/// Patterns that name weights: a name in which * stands for any characters and ? for one, or <c>op:FAMILY</c> for all weights that kernels
/// of a family stream, for example <c>op:Conv</c>; a model may have none of them. Case matters in names and not in families.
/// </summary>
public static class WeightPatterns
{
    private const string FamilyPrefix = "op:";

    /// <summary>
    /// Indices of the weights that match at least one pattern and that kernels stream, ascending. Small weights match without effect: they
    /// are always resident.
    /// </summary>
    /// <exception cref="UsageException">
    /// A name matches no weight (names the nearest), or only weights whose rows are fetched by id; or there is no such family.
    /// </exception>
    public static ImmutableArray<int> Resolve(KernelGraph graph, IEnumerable<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(patterns);
        var found = new SortedSet<int>();
        foreach (string pattern in patterns)
        {
            found.UnionWith(pattern.StartsWith(FamilyPrefix, StringComparison.Ordinal)
                ? OfFamily(graph, pattern)
                : OfName(graph, pattern));
        }

        return [.. found];
    }

    private static int[] OfFamily(KernelGraph graph, string pattern)
    {
        string name = pattern[FamilyPrefix.Length..];
        KernelFamily[] known = Enum.GetValues<KernelFamily>();
        int at = Array.FindIndex(known, family => family.ToString().Equals(name, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            throw new UsageException($"there is no operator family '{name}'; there are {string.Join(", ", known)}");
        }

        return [.. graph.Kernels.Where(kernel => kernel.Desc.Family == known[at]).SelectMany(kernel => kernel.StreamedWeights())];
    }

    private static int[] OfName(KernelGraph graph, string pattern)
    {
        KernelWeight[] named =
        [
            .. graph.Weights.Where(weight => FileSystemName.MatchesSimpleExpression(pattern, weight.Name, ignoreCase: false)),
        ];
        if (named.Length == 0)
        {
            throw new UsageException($"'{pattern}' matches no weight of {graph.ModelName}; the nearest are "
                + NearestNames.Of(pattern, graph.Weights.Select(weight => weight.Name)));
        }

        int[] weights = [.. named.Where(weight => weight.Storage is not RowWeight).Select(weight => weight.Id)];
        return weights.Length > 0
            ? weights
            : throw new UsageException($"'{pattern}' matches only '{named[0].Name}', whose rows are fetched by id and never stay resident");
    }
}
