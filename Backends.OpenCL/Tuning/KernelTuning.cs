namespace FlashMem.Backends.OpenCL.Tuning;

/// <summary>What tuning found for one kernel signature.</summary>
/// <param name="Kernel">The signature.</param>
/// <param name="Kernels">Kernels of the models that have it.</param>
/// <param name="WeightImages">In this form streamed weights lie in images.</param>
/// <param name="Candidates">Tiles that are legal on the device.</param>
/// <param name="Tried">Of those, how many were timed or refused by the driver; fewer where the time was over.</param>
/// <param name="Tiles">The winner in words.</param>
/// <param name="TableMs">Milliseconds of a launch with the table's tiles.</param>
/// <param name="BestMs">With the winner's.</param>
/// <param name="IsKept">It was tuned before and nothing was timed.</param>
public sealed record KernelTuning(
    string Kernel, int Kernels, bool WeightImages, int Candidates, int Tried, string Tiles, double TableMs, double BestMs, bool IsKept)
{
    /// <summary>Share of the table's time that the winner saves; 0 when the table's choice won.</summary>
    public double Gain => TableMs > 0 ? 1 - (BestMs / TableMs) : 0;
}
