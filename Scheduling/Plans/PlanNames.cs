namespace FlashMem.Scheduling.Plans;

/// <summary>Spellings of enumerations in plan files.</summary>
internal static class PlanNames
{
    public static string Of(PlanStatus status) => status switch
    {
        PlanStatus.Feasible => "feasible",
        PlanStatus.Optimal => "optimal",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "unknown status"),
    };

    public static string Of(MoveMode mode) => mode switch
    {
        MoveMode.InKernel => "inKernel",
        MoveMode.CopyQueue => "copyQueue",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "unknown move mode"),
    };
}
