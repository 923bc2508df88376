namespace FlashMem.Benchmarks.Support;

/// <summary>Arguments of a benchmark, which come as names each followed by its value.</summary>
internal static class Arguments
{
    /// <summary>What follows a name; null where it is not there.</summary>
    public static string? Option(string[] args, string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();
}
