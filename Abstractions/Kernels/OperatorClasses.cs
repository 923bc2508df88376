namespace FlashMem.Abstractions.Kernels;

/// <summary>What the FlashMem paper (section 4.2) allows kernels of a class.</summary>
public static class OperatorClasses
{
    /// <summary>Allowed growth of a kernel's latency by moves beside its work, as a fraction of it: 300 %, 20 % and 0 %.</summary>
    public static double AllowedGrowth(this OperatorClass operatorClass) => operatorClass switch
    {
        OperatorClass.Elemental => 3.0,
        OperatorClass.Reusable => 0.2,
        OperatorClass.Hierarchical => 0.0,
        _ => throw new ArgumentOutOfRangeException(nameof(operatorClass), operatorClass, "unknown operator class"),
    };
}
