using FlashMem.Abstractions.Kernels;

namespace FlashMem.Abstractions.Measurements;

/// <summary>How much longer one activity takes while another goes on all the time.</summary>
/// <param name="Slowed">The activity that takes longer.</param>
/// <param name="By">The activity beside it.</param>
/// <param name="Class">Operator class of the kernels among the two; null where neither is a kernel.</param>
/// <param name="Factor">Time beside it divided by time alone; at least 1.</param>
public sealed record Interference(DeviceActivity Slowed, DeviceActivity By, OperatorClass? Class, double Factor);
