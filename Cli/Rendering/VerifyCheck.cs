namespace FlashMem.Cli.Rendering;

/// <summary>One thing that verification looked at.</summary>
internal sealed record VerifyCheck(string Name, bool Passed, string Detail);
