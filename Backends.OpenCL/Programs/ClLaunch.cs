using System.Collections.Immutable;

namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>Extents of a launch in work-items.</summary>
internal readonly record struct ClRange(long X, long Y = 1, long Z = 1);

/// <summary>One enqueued kernel.</summary>
/// <param name="Function">What runs.</param>
/// <param name="Arguments">In the order of its parameters.</param>
/// <param name="Global">Work-items; a multiple of <paramref name="Local"/> where that is given.</param>
/// <param name="Local">Work-group; null leaves it to the driver.</param>
internal sealed record ClLaunch(ClFunction Function, ImmutableArray<ClArgument> Arguments, ClRange Global, ClRange? Local = null);
