using System.CommandLine;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Options;
using FlashMem.Cli.Rendering;

namespace FlashMem.Cli.Commands;

/// <summary><c>flashmem devices</c>: what can be used here, or why it is absent.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        Option<string?> json = CommonOptions.Json();
        string help = CommonOptions.WithExample("Lists devices, or why one is absent.", "flashmem devices");
        var command = new Command("devices", help) { json };
        command.SetAction(result => Run(result.GetValue(json)));
        return command;
    }

    private static int Run(string? json)
    {
        IReadOnlyList<DeviceProbe> devices = DeviceRegistry.Probe();
        if (json is not null)
        {
            JsonOutput.Write(json, writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("schema", "flashmem.devices/1");
                writer.WriteStartArray("devices");
                foreach (DeviceProbe probe in devices)
                {
                    writer.WriteStartObject();
                    writer.WriteString("name", probe.Name);
                    writer.WriteBoolean("present", probe.Present);
                    writer.WriteString("description", probe.Description);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }

        if (json is not "")
        {
            int width = devices.Max(probe => probe.Name.Length);
            foreach (DeviceProbe probe in devices)
            {
                Console.WriteLine($"{probe.Name.PadRight(width)} {(probe.Present ? "" : "absent: ")}{probe.Description}");
            }
        }

        return 0;
    }
}
