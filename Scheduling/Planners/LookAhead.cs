namespace FlashMem.Scheduling.Planners;

/// <summary>
/// Evaluates candidates by several threads while whoever asked looks at them in order and may stop: what comes out, and so the plan, does not
/// depend on the number of processors.
/// </summary>
internal static class LookAhead
{
    /// <summary>Most that are evaluated at a time: a search that stops has evaluated the others for nothing.</summary>
    private static readonly int Most = Math.Min(4, Environment.ProcessorCount);

    /// <summary>The results in the order of the items.</summary>
    /// <param name="items">Taken on the caller's thread.</param>
    /// <param name="evaluate">Called by several threads at a time; what it throws is thrown in its turn.</param>
    public static IEnumerable<TResult> Evaluate<TItem, TResult>(IEnumerable<TItem> items, Func<TItem, TResult> evaluate)
    {
        var running = new Queue<Task<TResult>>(Most);
        foreach (TItem item in items)
        {
            running.Enqueue(Task.Run(() => evaluate(item)));
            if (running.Count == Most)
            {
                yield return running.Dequeue().GetAwaiter().GetResult();
            }
        }

        while (running.TryDequeue(out Task<TResult>? next))
        {
            yield return next.GetAwaiter().GetResult();
        }
    }
}
