namespace FlashMem.Benchmarks.Support;

/// <summary>Arguments of a benchmark, which come as names each followed by its value.</summary>
internal static class Arguments
{
    /// <summary>What follows a name; null where it is not there.</summary>
    public static string? Option(string[] args, string name) => Options(args, name).FirstOrDefault();

    /// <summary>What follows a name that may be repeated, in order.</summary>
    public static string[] Options(string[] args, string name) =>
        [.. args.Zip(args.Skip(1)).Where(pair => pair.First == name).Select(pair => pair.Second)];
}
