using System.CommandLine;
using System.Globalization;
using FlashMem.Abstractions.Devices;
using FlashMem.Abstractions.Errors;
using FlashMem.Cli.Devices;
using FlashMem.Cli.Models;
using FlashMem.Cli.Options;
using FlashMem.Cli.Policies;
using FlashMem.Cli.Rendering;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Runtime.Profiling;
using FlashMem.Runtime.Sessions;
using FlashMem.Runtime.Stages;
using FlashMem.Scheduling.Fusion;
using FlashMem.Scheduling.Plans;
using FlashMem.Simulator.Device;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashMem.Cli.Commands;

/// <summary>The options by which a verb opens a session, and the opening itself.</summary>
internal sealed class SessionArguments
{
    private readonly Option<string> deviceName = CommonOptions.Device();
    private readonly Option<bool> asGpu = CommonOptions.AsGpu();
    private readonly Option<long?> budget = CommonOptions.Budget();
    private readonly Option<string> weights = CommonOptions.Weights();
    private readonly Option<string> activations = CommonOptions.Activations();
    private readonly Option<string> policy = CommonOptions.Policy();
    private readonly Option<string[]> pin = CommonOptions.Pin();
    private readonly Option<double?> latencySlack = CommonOptions.LatencySlack();
    private readonly Option<string> solver = CommonOptions.Solver();
    private readonly Option<string?> spec = CommonOptions.Spec();
    private readonly Option<bool> pageCache = CommonOptions.PageCache();
    private readonly Option<bool> hostWeights = CommonOptions.HostWeights();
    private readonly Option<string?> moves = CommonOptions.Moves();
    private readonly Option<string> fusion = CommonOptions.Fusion();
    private readonly Option<bool> timingOnly = CommonOptions.TimingOnly();
    private readonly Option<string[]> set = CommonOptions.Set();
    private readonly Option<string[]> fault = CommonOptions.Fault();
    private readonly Option<bool> verbose = CommonOptions.Verbose();
    private readonly Option<bool> quiet = CommonOptions.Quiet();

    public Argument<string> Model { get; } = CommonOptions.Model();

    public void AddTo(Command command)
    {
        command.Add(Model);
        foreach (Option option in (Option[])
            [
                deviceName, asGpu, budget, weights, activations, policy, pin, latencySlack, solver, spec, pageCache, hostWeights, moves, fusion,
                timingOnly, set, fault, verbose, quiet,
            ])
        {
            command.Add(option);
        }
    }

    /// <summary>The device that the command line asks for, simulated as it says; the caller disposes it.</summary>
    public IDevice OpenDevice(ParseResult result)
    {
        string name = result.GetRequiredValue(deviceName);
        return DeviceRegistry.Open(name, Simulation(result, name), result.GetValue(asGpu));
    }

    /// <summary>
    /// Reads the graph of a model that will run in simulated time only, in the background: opening the device takes as long and needs nothing of
    /// it. Null where a weight file is opened, which needs the device.
    /// </summary>
    public Task<ModelGraph>? BeginReading(ParseResult result)
    {
        string model = result.GetRequiredValue(Model);
        return result.GetValue(timingOnly) && !ModelLocator.IsWeightFile(model)
            ? Task.Run(() => OnnxModelReader.ReadGraphOnly(ModelFiles.LocateGraph(model)))
            : null;
    }

    /// <summary>The devices that the command line asks for, one per stage; one for most commands.</summary>
    public IReadOnlyList<string> DeviceNames(ParseResult result)
    {
        string[] names = result.GetRequiredValue(deviceName).Split(',', StringSplitOptions.TrimEntries);
        return names.All(name => name.Length > 0)
            ? names
            : throw new UsageException($"--device {result.GetRequiredValue(deviceName)} names an empty device; give NAME or NAME,NAME");
    }

    /// <summary>Refuses several devices.</summary>
    public void RequireOneDevice(ParseResult result, string reason)
    {
        if (DeviceNames(result).Count > 1)
        {
            throw new UsageException($"--device {result.GetRequiredValue(deviceName)} names several devices: {reason}");
        }
    }

    /// <summary>Opens all devices that the command line asks for, one named twice twice; the caller disposes them.</summary>
    /// <exception cref="UsageException">An option does not go with several devices.</exception>
    public async Task<IReadOnlyList<IDevice>> OpenDevicesAsync(ParseResult result)
    {
        IReadOnlyList<string> names = DeviceNames(result);
        Refuse([pin, latencySlack], "is for one device; every stage of a model has a device and a plan of its own");
        if (names.Select(KindOf).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            Refuse([spec, pageCache], "is of one kind of device; these are several");
        }

        PolicyChoice.Parse(result.GetRequiredValue(policy)).Without("stages on several devices follow plans");
        SimulationSettings simulation = Simulation(result, [.. names]);
        var devices = new List<IDevice>();
        try
        {
            foreach (string name in names)
            {
                devices.Add(DeviceRegistry.Open(name, simulation, result.GetValue(asGpu)));
            }

            return devices;
        }
        catch
        {
            foreach (IDevice device in devices)
            {
                await device.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }

        void Refuse(Option[] options, string reason)
        {
            foreach (Option option in options)
            {
                if (result.GetResult(option) is { Implicit: false })
                {
                    throw new UsageException($"{option.Name} {reason}");
                }
            }
        }
    }

    /// <summary>The options of a model's stages, which the command line asks for, on opened devices.</summary>
    public StagedOptions StagedOptions(ParseResult result, IReadOnlyList<IDevice> devices) =>
        new() { Devices = devices, Session = Options(result, devices[0], planFile: null) with { Device = null } };

    /// <summary>Opens the model that the command line names, cut over devices.</summary>
    public async Task<StagedSession> LoadStagesAsync(ParseResult result, StagedOptions options, CancellationToken cancellationToken)
    {
        ProgressLine progress = Progress(result);
        try
        {
            string model = result.GetRequiredValue(Model);
            string path = options.Devices[0] is ISimulatedDevice { HasValues: false }
                ? ModelFiles.LocateGraph(model)
                : await ModelFiles
                    .LocateAsync(model, progress, graph => StagedSession.RequireBudget(graph, options), cancellationToken)
                    .ConfigureAwait(false);
            StagedSession session = await StagedSession
                .LoadAsync(path, options, new LoadProgressLine(progress), cancellationToken).ConfigureAwait(false);
            progress.Clear();
            TellKernelTimes(result, options.Session);
            for (int stage = 0; stage < session.Plans.Length; stage++)
            {
                TellFallback(session.Plans[stage], $"stage {stage + 1}: ");
            }

            return session;
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>The policy that the command line asks for.</summary>
    /// <exception cref="UsageException">A framework on a device that is not simulated.</exception>
    public PolicyChoice Policy(ParseResult result) =>
        PolicyChoice.Parse(result.GetRequiredValue(policy)).On(result.GetRequiredValue(deviceName));

    /// <summary>Memory that the command line allows; null for no limit.</summary>
    public long? Budget(ParseResult result) => result.GetValue(budget);

    /// <summary>Progress as the command line wants it.</summary>
    public ProgressLine Progress(ParseResult result) => ProgressLine.ForTerminal(result.GetValue(quiet));

    /// <summary>Refuses what only plans can have, where the policy is a framework's.</summary>
    public void RequirePlan(ParseResult result, string purpose) => Policy(result).Without(purpose);

    /// <summary>A device's name without the index that tells it from others of its kind.</summary>
    private static string KindOf(string device)
    {
        int colon = device.LastIndexOf(':');
        return colon > 0 && int.TryParse(device.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? device[..colon]
            : device;
    }

    private SimulationSettings Simulation(ParseResult result, params IReadOnlyList<string> names) =>
        new SimulationSettings(result.GetValue(timingOnly), result.GetValue(set)!, result.GetValue(fault)!)
        {
            PageCache = result.GetValue(pageCache),
        }.For(names);

    /// <summary>The session options that the command line asks for, on an opened device.</summary>
    public SessionOptions Options(ParseResult result, IDevice device, string? planFile)
    {
        DeviceProfile? profile = result.GetValue(spec) is { } file ? DeviceProfileJson.ReadFile(file) : null;
        if (profile is null && result.GetValue(pageCache) && device is not SimulatedDevice { TimeSources: not null })
        {
            throw new UsageException(
                "--page-cache chooses among a profile's figures; give one with --spec, or its twin with --device sim:FILE");
        }

        if (planFile is not null && result.GetValue(pin) is { Length: > 0 })
        {
            throw new UsageException("--pin makes another plan; the one of --plan has its own pinned weights");
        }

        if (planFile is not null && result.GetValue(latencySlack) is not null)
        {
            throw new UsageException("--latency-slack makes another plan; the one of --plan has its own objective");
        }

        PolicyChoice choice = Policy(result);
        if (result.GetValue(latencySlack) is not null && choice is not { Plan: PlanPolicy.Overlap, Framework: null })
        {
            throw new UsageException($"--latency-slack is an objective of policy overlap; policy {choice.Name} leaves nothing to choose");
        }

        if (planFile is not null || result.GetValue(pin) is { Length: > 0 })
        {
            choice.Without("--plan and --pin do not go with it");
        }

        return choice.For(new SessionOptions
        {
            Device = device,
            Spec = profile?.SpecFor(result.GetValue(pageCache)),
            Estimates = ProfileEstimates.Of(profile, result.GetValue(pageCache)),
            MoveMode = result.GetValue(moves) switch
            {
                "copyQueue" => MoveMode.CopyQueue,
                "inKernel" => MoveMode.InKernel,
                _ => profile?.MoveMode ?? MoveMode.CopyQueue,
            },
            BudgetBytes = result.GetValue(budget),
            WeightType = CommonOptions.TypeOf(result.GetRequiredValue(weights)),
            ActivationType = CommonOptions.TypeOf(result.GetRequiredValue(activations)),
            Pin = result.GetValue(pin)!,
            LatencySlack = result.GetValue(latencySlack),
            HostWeights = result.GetValue(hostWeights),
            Fusion = result.GetRequiredValue(fusion) == "fixed" ? FusionMode.Fixed : FusionMode.Adaptive,
            Solver = result.GetRequiredValue(solver),
            HashOutputs = true,
            Plan = planFile is null ? null : PlanJson.ReadFile(planFile),
            LoggerFactory = result.GetValue(verbose) ? LoggerFactory.Create(ConsoleLogging.Configure) : NullLoggerFactory.Instance,
        });
    }

    /// <summary>With <c>--verbose</c>: by which kernel times the session was planned, where a profile has them.</summary>
    public void TellKernelTimes(ParseResult result, SessionOptions options)
    {
        if (result.GetValue(verbose) && ProfileEstimates.Describe(options) is { } times)
        {
            Console.Error.WriteLine($"flashmem: planned with kernel times: {times}");
        }
    }

    /// <summary>The planning problems of the model that the command line names, over all budgets.</summary>
    public BudgetStudy Study(ParseResult result, SessionOptions options) =>
        BudgetStudy.Open(ModelFiles.LocateGraph(result.GetRequiredValue(Model)), options);

    /// <summary>Opens the model that the command line names, by a plan where there is one.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="device">Opened as it says.</param>
    /// <param name="planFile">Null plans.</param>
    /// <param name="reading">What <see cref="BeginReading"/> gave.</param>
    /// <param name="cancellationToken">Nothing half-made stays.</param>
    public async Task<StreamingSession> LoadAsync(
        ParseResult result, IDevice device, string? planFile, Task<ModelGraph>? reading, CancellationToken cancellationToken)
    {
        SessionOptions options = Options(result, device, planFile);
        if (reading is not null)
        {
            LocatedModel located = ModelLocator.CompileGraph(
                await reading.ConfigureAwait(false), options.WeightType, device.Capabilities, options.Plan?.ChunkBytes ?? options.ChunkBytes);
            options = options with { Located = located };
        }

        return await LoadAsync(result, options, cancellationToken).ConfigureAwait(false);
    }

    public async Task<StreamingSession> LoadAsync(ParseResult result, SessionOptions options, CancellationToken cancellationToken)
    {
        ProgressLine progress = ProgressLine.ForTerminal(result.GetValue(quiet));
        try
        {
            string model = result.GetRequiredValue(Model);
            string path = options switch
            {
                { Located: not null } => model,
                { Device: ISimulatedDevice { HasValues: false } } => ModelFiles.LocateGraph(model),
                _ => await ModelFiles
                    .LocateAsync(model, progress, graph => StreamingSession.RequireBudget(graph, options), cancellationToken)
                    .ConfigureAwait(false),
            };
            StreamingSession session = await StreamingSession
                .LoadAsync(path, options, new LoadProgressLine(progress), cancellationToken).ConfigureAwait(false);
            progress.Clear();
            TellKernelTimes(result, options);
            if (options.Plan is null)
            {
                TellFallback(session.Plan, "");
            }

            return session;
        }
        finally
        {
            progress.Clear();
        }
    }

    /// <summary>Says on standard error where a planner gave up in favour of another.</summary>
    private static void TellFallback(OverlapPlan plan, string where)
    {
        foreach (string note in plan.Notes.Where(note => note.StartsWith(OverlapPlan.Fallback, StringComparison.Ordinal)))
        {
            Console.Error.WriteLine($"flashmem: {where}{note}");
        }
    }
}
