using FlashMem.Abstractions.Errors;

namespace FlashMem.Scheduling.Plans;

/// <summary>Keeps book of which members of a JSON object were read.</summary>
internal struct MemberSet(string owner, string[] names)
{
    private uint seen;

    /// <summary>Notes a member; throws when it occurs a second time. Unknown names are left to the caller.</summary>
    public void Mark(string name)
    {
        int index = Array.IndexOf(names, name);
        if (index < 0)
        {
            return;
        }

        if ((seen & (1u << index)) != 0)
        {
            throw new UsageException($"not a valid {OverlapPlan.Schema} file: {owner} has '{name}' twice");
        }

        seen |= 1u << index;
    }

    /// <summary>Throws when a member is missing.</summary>
    public readonly void RequireAll()
    {
        for (int i = 0; i < names.Length; i++)
        {
            if ((seen & (1u << i)) == 0)
            {
                throw new UsageException($"not a valid {OverlapPlan.Schema} file: {owner} lacks '{names[i]}'");
            }
        }
    }
}
