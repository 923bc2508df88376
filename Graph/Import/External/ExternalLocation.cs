using System.Globalization;
using FlashMem.Abstractions.Errors;
using FlashMem.Graph.Import.Onnx;

namespace FlashMem.Graph.Import.External;

/// <summary>The external_data entries of a tensor, checked for form: only known keys, each once, numbers not negative.</summary>
/// <param name="Location">Relative path as written.</param>
/// <param name="Offset">First byte; 0 when not given.</param>
/// <param name="Length">Bytes; null when not given.</param>
internal sealed record ExternalLocation(string Location, long Offset, long? Length)
{
    public static ExternalLocation Parse(string model, OnnxTensor tensor)
    {
        string? location = null;
        long? offset = null;
        long? length = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string key, string value) in tensor.External)
        {
            if (!seen.Add(key))
            {
                throw Error($"has external data key '{key}' twice");
            }

            switch (key)
            {
                case "location":
                    location = value;
                    break;
                case "offset":
                    offset = ParseNumber(key, value);
                    break;
                case "length":
                    length = ParseNumber(key, value);
                    break;
                case "checksum":
                    break;
                default:
                    throw Error($"has unknown external data key '{key}'");
            }
        }

        return new ExternalLocation(location ?? throw Error("has no external data location"), offset ?? 0, length);

        long ParseNumber(string key, string text) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? number
                : throw Error($"has external data {key} '{text}', which is not a number from 0 to {long.MaxValue}");

        ModelException Error(string what) => new($"{model}: tensor '{tensor.Name}' {what}");
    }
}
