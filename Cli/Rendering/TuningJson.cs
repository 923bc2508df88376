using System.Text.Json;
using FlashMem.Backends.OpenCL.Tuning;

namespace FlashMem.Cli.Rendering;

/// <summary>What tuning found as JSON, schema <c>flashmem.tuning/1</c>.</summary>
internal static class TuningJson
{
    public static void Write(Utf8JsonWriter json, string device, TuningReport report)
    {
        json.WriteStartObject();
        json.WriteString("schema", "flashmem.tuning/1");
        json.WriteString("device", device);
        json.WriteNumber("seconds", report.Seconds);
        json.WriteBoolean("cut", report.IsCut);
        json.WriteNumber("tableMs", report.TableMs);
        json.WriteNumber("bestMs", report.BestMs);
        Optional(json, "imagesMs", report.ImagesMs);
        Optional(json, "buffersMs", report.BuffersMs);
        json.WriteStartArray("kernels");
        foreach (KernelTuning tuning in report.Kernels)
        {
            json.WriteStartObject();
            json.WriteString("kernel", tuning.Kernel);
            json.WriteNumber("kernels", tuning.Kernels);
            json.WriteBoolean("weightImages", tuning.WeightImages);
            json.WriteNumber("candidates", tuning.Candidates);
            json.WriteNumber("tried", tuning.Tried);
            json.WriteString("tiles", tuning.Tiles);
            json.WriteNumber("tableMs", tuning.TableMs);
            json.WriteNumber("bestMs", tuning.BestMs);
            json.WriteBoolean("kept", tuning.IsKept);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Optional(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
