namespace FlashMem.Backends.Host.Views;

/// <summary>Cuts a number of equal units of work into tasks for the worker pool. Speed only: results do not depend on the cut.</summary>
internal readonly record struct TaskSplit
{
    // Elements that are worth handing to another thread, and tasks per worker so that an interrupted worker delays little.
    private const long ElementsPerTask = 8 * 1024;
    private const int TasksPerWorker = 4;

    /// <param name="units">Units to share out.</param>
    /// <param name="elementsPerUnit">Elements that one unit reads or writes.</param>
    /// <param name="workers">Workers of the pool.</param>
    public TaskSplit(long units, long elementsPerUnit, int workers)
    {
        Units = units;
        long worthwhile = units * Math.Max(1, elementsPerUnit) / ElementsPerTask;
        long most = workers == 1 ? 1 : (long)workers * TasksPerWorker;
        Tasks = units == 0 ? 0 : (int)Math.Clamp(Math.Min(worthwhile, units), 1, most);
    }

    public long Units { get; }

    public int Tasks { get; }

    /// <summary>First unit of a task.</summary>
    public long Start(int task) => (long)((Int128)Units * task / Tasks);

    /// <summary>One past the last unit of a task.</summary>
    public long End(int task) => Start(task + 1);
}
