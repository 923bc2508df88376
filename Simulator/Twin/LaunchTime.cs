namespace FlashMem.Simulator.Twin;

/// <summary>What one launch takes on a twin.</summary>
/// <param name="LaunchSeconds">Before it starts.</param>
/// <param name="Seconds">From its start to its end with nothing beside it.</param>
/// <param name="Bytes">Bytes that it touches.</param>
/// <param name="IsEstimate">Its kernel was not measured.</param>
internal readonly record struct LaunchTime(double LaunchSeconds, double Seconds, long Bytes, bool IsEstimate);
