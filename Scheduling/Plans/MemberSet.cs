using FlashMem.Abstractions.Errors;

namespace FlashMem.Scheduling.Plans;

/// <summary>Keeps book of which members of a JSON object were read.</summary>
/// <param name="owner">What the object is, for errors.</param>
/// <param name="names">All members, optional ones last; at most 64.</param>
/// <param name="optional">How many of the last ones may be missing.</param>
internal struct MemberSet(string owner, string[] names, int optional = 0)
{
    private ulong seen;

    /// <summary>Notes a member; throws when it occurs a second time. Unknown names are left to the caller.</summary>
    public void Mark(string name)
    {
        int index = Array.IndexOf(names, name);
        if (index < 0)
        {
            return;
        }

        if ((seen & (1ul << index)) != 0)
        {
            throw new UsageException($"not a valid {OverlapPlan.Schema} file: {owner} has '{name}' twice");
        }

        seen |= 1ul << index;
    }

    /// <summary>Throws when a member is missing.</summary>
    public readonly void RequireAll()
    {
        for (int i = 0; i < names.Length - optional; i++)
        {
            if ((seen & (1ul << i)) == 0)
            {
                throw new UsageException($"not a valid {OverlapPlan.Schema} file: {owner} lacks '{names[i]}'");
            }
        }
    }
}
