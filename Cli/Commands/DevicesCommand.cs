using System.CommandLine;
using System.Text.Json;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem devices</c>: what can be used here, or why it is absent.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Open every device and say how chunks reach its kernels." };
        Option<string?> json = CommonOptions.Json();
        string help = CommonOptions.WithExample("Lists devices, or why one is absent.", "flashmem devices -v");
        var command = new Command("devices", help) { verbose, json };
        command.SetAction(async (result, _) =>
        {
            string? target = result.GetValue(json);
            bool opens = target is not null || result.GetValue(verbose);
            var devices = new List<(DeviceProbe Probe, DeviceMoves? Moves)>();
            foreach (DeviceProbe probe in DeviceRegistry.Probe())
            {
                devices.Add((probe, opens && probe.Present ? await DeviceMoves.FindAsync(probe.Name).ConfigureAwait(false) : null));
            }

            if (target is not null)
            {
                JsonOutput.Write(target, writer => Write(writer, devices));
            }

            if (target is not "")
            {
                Write(devices, result.GetValue(verbose));
            }

            return 0;
        });
        return command;
    }

    private static void Write(List<(DeviceProbe Probe, DeviceMoves? Moves)> devices, bool verbose)
    {
        int width = devices.Max(device => device.Probe.Name.Length);
        foreach ((DeviceProbe probe, DeviceMoves? moves) in devices)
        {
            Console.WriteLine($"{probe.Name.PadRight(width)} {(probe.Present ? "" : "absent: ")}{probe.Description}");
            if (verbose && moves is not null)
            {
                Console.WriteLine($"{new string(' ', width)} {moves.Describe()}");
            }
        }
    }

    private static void Write(Utf8JsonWriter json, List<(DeviceProbe Probe, DeviceMoves? Moves)> devices)
    {
        json.WriteStartObject();
        json.WriteString("schema", "flashmem.devices/1");
        json.WriteStartArray("devices");
        foreach ((DeviceProbe probe, DeviceMoves? moves) in devices)
        {
            json.WriteStartObject();
            json.WriteString("name", probe.Name);
            json.WriteBoolean("present", probe.Present);
            json.WriteString("description", probe.Description);
            if (moves is { Failure: null })
            {
                json.WriteBoolean("zeroCopy", moves.ZeroCopy);
                json.WriteBoolean("images", moves.Images);
                json.WriteStartArray("moveModes");
                foreach (MoveMode mode in moves.Modes)
                {
                    json.WriteStringValue(DeviceMoves.NameOf(mode));
                }

                json.WriteEndArray();
                json.WriteString("inKernelRefusal", moves.InKernelRefusal);
            }
            else if (moves is not null)
            {
                json.WriteString("failure", moves.Failure);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
