namespace FlashMem.Cli.Rendering;

/// <summary>Element types in a few words; activations of 32 bits go without saying.</summary>
internal static class PrecisionText
{
    public static string Of(string weights, string activations) =>
        activations == "fp32" ? $"{weights} weights" : $"{weights} weights, {activations} activations";
}
