namespace FlashMem.Abstractions.Errors;

/// <summary>What a misspelt name may have meant, for error messages.</summary>
public static class NearestNames
{
    private const int Named = 3;

    /// <summary>The few known names that are closest to a name, closest first, separated by commas.</summary>
    public static string Of(string name, IEnumerable<string> known) => string.Join(
        ", ", known.OrderBy(candidate => Edits(candidate, name)).ThenBy(candidate => candidate, StringComparer.Ordinal).Take(Named));

    /// <summary>Letters to insert, delete or replace that make one name of the other, case aside (Levenshtein distance).</summary>
    public static int Edits(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
