namespace FlashMem.Backends.OpenCL.Programs;

/// <summary>A kernel function and the complete source that holds it; equal ones are compiled once.</summary>
/// <param name="Source">OpenCL C 1.2, generated definitions and template together.</param>
/// <param name="Entry">Name of the <c>__kernel</c> function.</param>
internal sealed record ClFunction(string Source, string Entry);
