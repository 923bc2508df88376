using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Kernels;
using FlashMem.Abstractions.Measurements;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Profiling;

/// <summary>Profile files: schema <see cref="DeviceProfile.Schema"/>, readable JSON.</summary>
public static class DeviceProfileJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true };

    public static void Write(Stream utf8, DeviceProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        using var json = new Utf8JsonWriter(utf8, Options);
        DeviceSpec spec = profile.Spec;
        json.WriteStartObject();
        json.WriteString("schema", DeviceProfile.Schema);
        json.WriteString("device", profile.Device);
        json.WriteString("name", spec.Name);
        json.WriteBoolean("zeroCopy", spec.ZeroCopy);
        json.WriteString("moveMode", profile.MoveMode?.ToString());
        json.WriteString("moveModeReason", profile.MoveModeReason);
        Write(json, "storageBandwidth", spec.StorageBandwidth);
        Write(json, "storageLatency", spec.StorageLatency);
        Write(json, "cachedStorageBandwidth", profile.CachedStorageBandwidth);
        Write(json, "transferBandwidth", spec.TransferBandwidth);
        Write(json, "memoryBandwidth", spec.MemoryBandwidth);
        Write(json, "computeRate", spec.ComputeRate);
        Write(json, "launchLatency", spec.LaunchLatency);
        json.WriteStartArray("loadCapacities");
        foreach (LoadCapacityCurve curve in profile.LoadCapacities)
        {
            json.WriteStartObject();
            json.WriteString("class", curve.Class.ToString());
            json.WriteString("kernel", curve.Kernel);
            json.WriteString("mode", curve.Mode.ToString());
            json.WriteNumber("inputBytes", curve.InputBytes);
            json.WriteStartArray("points");
            foreach (LoadPoint point in curve.Points)
            {
                json.WriteStartObject();
                json.WriteNumber("extraBytes", point.ExtraBytes);
                json.WriteNumber("ms", point.Milliseconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (profile.Twin is { } twin)
        {
            json.WritePropertyName("twin");
            JsonSerializer.Serialize(json, twin, TwinFiguresContext.Default.TwinFigures);
        }

        json.WriteEndObject();
    }

    /// <exception cref="UsageException">Not a profile, or a figure is missing or makes no sense.</exception>
    public static DeviceProfile ReadFile(string path)
    {
        try
        {
            return Read(File.ReadAllBytes(path));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new UsageException($"cannot read the device profile '{path}': {cause.Message}", cause);
        }
    }

    private static DeviceProfile Read(ReadOnlyMemory<byte> utf8)
    {
        using JsonDocument document = JsonDocument.Parse(utf8);
        JsonElement root = document.RootElement;
        string? schema = root.GetProperty("schema").GetString();
        if (schema != DeviceProfile.Schema)
        {
            throw new FormatException($"schema '{schema}' is unknown; this version reads {DeviceProfile.Schema}");
        }

        return new DeviceProfile
        {
            Device = Text(root, "device"),
            Spec = new DeviceSpec
            {
                Name = Text(root, "name"),
                ZeroCopy = root.GetProperty("zeroCopy").GetBoolean(),
                StorageBandwidth = ReadFigure(root, "storageBandwidth"),
                StorageLatency = ReadFigure(root, "storageLatency"),
                TransferBandwidth = ReadFigure(root, "transferBandwidth"),
                MemoryBandwidth = ReadFigure(root, "memoryBandwidth"),
                ComputeRate = ReadFigure(root, "computeRate"),
                LaunchLatency = ReadFigure(root, "launchLatency"),
            },
            CachedStorageBandwidth = ReadFigure(root, "cachedStorageBandwidth"),
            MoveMode = root.GetProperty("moveMode").GetString() is { } mode ? Enum.Parse<MoveMode>(mode) : null,
            MoveModeReason = root.TryGetProperty("moveModeReason", out JsonElement reason) ? reason.GetString() : null,
            Twin = root.TryGetProperty("twin", out JsonElement twin) ? twin.Deserialize(TwinFiguresContext.Default.TwinFigures) : null,
            LoadCapacities = [.. root.GetProperty("loadCapacities").EnumerateArray().Select(ReadCurve)],
        };
    }

    private static LoadCapacityCurve ReadCurve(JsonElement curve) => new(
        Enum.Parse<OperatorClass>(Text(curve, "class")),
        Text(curve, "kernel"),
        Enum.Parse<MoveMode>(Text(curve, "mode")),
        curve.GetProperty("inputBytes").GetInt64(),
        [.. curve.GetProperty("points").EnumerateArray()
            .Select(point => new LoadPoint(point.GetProperty("extraBytes").GetInt64(), point.GetProperty("ms").GetDouble()))]);

    private static void Write(Utf8JsonWriter json, string name, Figure figure)
    {
        json.WriteStartObject(name);
        json.WriteNumber("value", figure.Value);
        json.WriteString("unit", figure.Unit);
        json.WriteString("kind", figure.Kind.ToString());
        json.WriteString("source", figure.Source);
        json.WriteEndObject();
    }

    private static Figure ReadFigure(JsonElement root, string name)
    {
        JsonElement figure = root.GetProperty(name);
        return new Figure(
            figure.GetProperty("value").GetDouble(), Text(figure, "unit"), Enum.Parse<FigureKind>(Text(figure, "kind")), Text(figure, "source"));
    }

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(TwinFigures))]
internal sealed partial class TwinFiguresContext : JsonSerializerContext;
