using System.CommandLine;
using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;

namespace FlashMem.Cli.Options;

/// <summary>Options that several verbs share. Every verb gets instances of its own: an option belongs to one command.</summary>
internal static class CommonOptions
{
    /// <summary>For descriptions.</summary>
    public const string PolicyNames = "overlap, preload, demand, next, same-op; on simulated devices also mnn and smartmem, which replay "
        + "these frameworks";

    public static Argument<string> Model() => new("model")
    {
        Description = "A path (.onnx), or zoo:NAME (see 'flashmem models').",
    };

    public static Option<string> Device() => new("--device", "-d")
    {
        Description = "Device to use (see 'flashmem devices'). For run and verify also several, A,B: the model is cut into stages, one per "
            + "device.",
        DefaultValueFactory = _ => "host",
    };

    public static Option<bool> AsGpu() => new("--as-gpu")
    {
        Description = "Open an OpenCL driver that runs on this machine's processors as if it were a GPU with memory of its own.",
    };

    public static Option<long?> Budget() => new("--budget", "-b")
    {
        Description = "Memory for weights, staging, activations and workspace together, for example 32MiB. None: everything is preloaded.",
        CustomParser = result => ByteSize.Parse(result.Tokens[0].Value),
    };

    public static Option<string> Weights()
    {
        var option = new Option<string>("--weights") { Description = "Element type of the weights.", DefaultValueFactory = _ => "fp16" };
        option.AcceptOnlyFromAmong("fp16", "fp32");
        return option;
    }

    public static Option<string> Activations()
    {
        var option = new Option<string>("--activations")
        {
            Description = "Element type of floating-point activations; fp16 on OpenCL and simulated devices. Arithmetic is fp32 with both.",
            DefaultValueFactory = _ => "fp32",
        };
        option.AcceptOnlyFromAmong("fp16", "fp32");
        return option;
    }

    /// <summary>The element type that a value of <c>--weights</c> or <c>--activations</c> names.</summary>
    public static ElementType TypeOf(string precision) => ElementTypes.OfPrecision(precision)
        ?? throw new UsageException($"there is no precision '{precision}'; there are fp16, fp32");

    /// <summary>Read by <see cref="Policies.PolicyChoice"/>.</summary>
    public static Option<string> Policy() => new("--policy")
    {
        Description = $"How weights are scheduled: {PolicyNames}.",
        DefaultValueFactory = _ => "overlap",
    };

    public static Option<string[]> Pin() => new("--pin")
    {
        Description = "Weights that are loaded before the first kernel and stay: a name with * and ?, or op:FAMILY for all of an operator "
            + "family, for example op:Conv. The budget must hold them. Repeatable.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        HelpName = "PATTERN",
    };

    /// <summary>A share, as a number or a percentage; null when absent.</summary>
    public static Option<double?> LatencySlack() => new("--latency-slack")
    {
        Description = "Least memory instead of least latency: among plans whose predicted runs take at most this share longer than the "
            + "best plan's under the budget, for example 5% or 0.05. No budget then means no limit.",
        HelpName = "SHARE",
        CustomParser = result => Share.Parse(result.Tokens[0].Value),
    };

    public static Option<string> Solver()
    {
        var option = new Option<string>("--solver")
        {
            Description = "Planner of the overlap policy: fast (proves a gap), greedy, cpsat (slow), or auto: cpsat where fast leaves a gap.",
            DefaultValueFactory = _ => "fast",
        };
        option.AcceptOnlyFromAmong("auto", "cpsat", "fast", "greedy");
        return option;
    }

    public static Option<string?> Spec() => new("--spec")
    {
        Description = "Plan with the measured figures and kernel times of this file (see 'flashmem profile').",
        HelpName = "FILE",
    };

    public static Option<bool> PageCache() => new("--page-cache")
    {
        Description = "With --spec or a twin (sim:FILE of a profile): for a weight file that is in the page cache already.",
    };

    public static Option<bool> HostWeights() => new("--host-weights")
    {
        Description = "Keep the weight file in the host's memory, page-locked from the second run on, and copy straight from it (ilgpu).",
    };

    public static Option<string?> Moves()
    {
        var option = new Option<string?>("--moves")
        {
            Description = "How chunks reach texture memory on devices that have it; default: as --spec says, else copyQueue.",
        };
        option.AcceptOnlyFromAmong("copyQueue", "inKernel");
        return option;
    }

    public static Option<string> Fusion()
    {
        var option = new Option<string>("--fusion")
        {
            Description = "Where kernels move chunks: adaptive splits fused kernels if that makes the plan better, fixed leaves them.",
            DefaultValueFactory = _ => "adaptive",
        };
        option.AcceptOnlyFromAmong("adaptive", "fixed");
        return option;
    }

    /// <summary>Absent: null. Without a value: an empty string, meaning standard output. Else a file.</summary>
    public static Option<string?> Json() => new("--json")
    {
        Description = "Write one JSON document to standard output, or to the file that follows.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "FILE",
        CustomParser = result => result.Tokens.Count == 0 ? "" : result.Tokens[0].Value,
    };

    public static Option<int> Seed() => new("--seed") { Description = "Seed of the random inputs.", DefaultValueFactory = _ => 1 };

    public static Option<string[]> Inputs() => new("--input")
    {
        Description = "NAME=FILE.npy for an input; the others are seeded random. Repeatable.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public static Option<bool> TimingOnly() => new("--timing-only")
    {
        Description = "Simulated devices: compute no values; the model's weights need not exist and outputs are absent.",
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "KEY=VALUE changes a figure of a simulated device by its JSON path, for example memory.textureL1.size=4KiB; "
            + "'flashmem inspect sim:NAME' lists the keys. Repeatable.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        HelpName = "KEY=VALUE",
    };

    public static Option<string[]> Fault() => new("--fault")
    {
        Description = "KIND=VALUE makes a simulated device fail: storageSlowdown=TIMES, failingRead=N, stalledRead=N (reads count from 0), "
            + "memory=SIZE, jitter=SHARE, seed=N (of the jitter; 1 by default). Repeatable.",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
        HelpName = "KIND=VALUE",
    };

    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Log what happens to standard error." };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress." };

    /// <summary>Adds an example to a verb's help text.</summary>
    public static string WithExample(string description, string example) =>
        $"{description}{Environment.NewLine}{Environment.NewLine}Example: {example}";
}
