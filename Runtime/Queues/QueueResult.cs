using System.Collections.Immutable;
using FlashMem.Runtime.Reports;
using FlashMem.Runtime.Sessions;

namespace FlashMem.Runtime.Queues;

/// <summary>What a queue gave.</summary>
/// <param name="Report">How it went.</param>
/// <param name="Trace">What happened when, all requests on one time axis.</param>
public sealed record QueueResult(QueueReport Report, RunTrace Trace);
