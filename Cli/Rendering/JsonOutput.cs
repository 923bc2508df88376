using System.Text.Json;

namespace FlashMem.Cli.Rendering;

/// <summary>Where <c>--json</c> goes: standard output for an empty name, else a file.</summary>
internal static class JsonOutput
{
    public static void Write(string target, Action<Utf8JsonWriter> write) => Write(target, stream =>
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        write(writer);
    });

    public static void Write(string target, Action<Stream> write)
    {
        using Stream stream = target.Length == 0 ? Console.OpenStandardOutput() : File.Create(target);
        write(stream);
        stream.WriteByte((byte)'\n');
    }
}
