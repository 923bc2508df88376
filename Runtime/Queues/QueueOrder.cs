using FlashMem.Abstractions.Errors;

namespace FlashMem.Runtime.Queues;

/// <summary>In which order requests stand in a queue.</summary>
public enum QueueOrder
{
    /// <summary>As given, all of them again for every iteration.</summary>
    Fifo,

    /// <summary>Shuffled over all iterations.</summary>
    Random,
}

/// <summary>Orders requests; their names are those of the command line.</summary>
public static class QueueOrders
{
    public static string Name(this QueueOrder order) => order switch
    {
        QueueOrder.Fifo => "fifo",
        QueueOrder.Random => "random",
        _ => throw new ArgumentOutOfRangeException(nameof(order), order, "unknown order"),
    };

    /// <summary>Every entry once per iteration. The same seed gives the same order on every machine.</summary>
    /// <param name="order">Which order.</param>
    /// <param name="entries">Models by index; one may stand several times.</param>
    /// <param name="iterations">How often each; at least 1.</param>
    /// <param name="seed">Of the random order.</param>
    public static int[] Requests(this QueueOrder order, IReadOnlyList<int> entries, int iterations, int seed)
    {
        if (iterations < 1 || entries.Count == 0)
        {
            throw new UsageException($"a queue of {entries.Count} models and {iterations} iterations is empty");
        }

        int[] requests = [.. Enumerable.Range(0, iterations).SelectMany(_ => entries)];
        if (order == QueueOrder.Random)
        {
            Shuffle(requests, (ulong)seed);
        }

        return requests;
    }

    // Fisher and Yates with the SplitMix64 generator; .NET's own may change between versions.
    private static void Shuffle(int[] requests, ulong state)
    {
        for (int i = requests.Length - 1; i > 0; i--)
        {
            state += 0x9E3779B97F4A7C15;
            ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            int j = (int)((z ^ (z >> 31)) % (ulong)(i + 1));
            (requests[i], requests[j]) = (requests[j], requests[i]);
        }
    }
}
