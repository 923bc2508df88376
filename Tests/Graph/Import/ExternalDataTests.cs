using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Tests.Support;
using Xunit;

namespace FlashMem.Tests.Graph.Import;

/// <summary>External data may name only ordinary files below the model's folder, and only ranges inside them.</summary>
public class ExternalDataTests
{
    private const int FileBytes = 4096;

    [Fact]
    public void A_range_of_a_file_beside_the_model_becomes_a_weight()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        WeightRef weight = Read(folder, Model().External("w", [4, 8], "data.bin", 1024, 128)).Weights["w"];
        Assert.Equal(new WeightRef("w", ElementType.Float32, new Shape(4, 8), folder["data.bin"], 1024, 128), weight);
    }

    [Theory]
    [InlineData("sub/data.bin")]
    [InlineData("./sub/data.bin")]
    [InlineData("./sub/./data.bin")]
    public void A_file_in_a_folder_below_the_model_is_found(string location)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["sub"]);
        folder.Write(Path.Combine("sub", "data.bin"), new byte[FileBytes]);
        WeightRef weight = Read(folder, Model().External("w", [4, 8], location, 0, 128)).Weights["w"];
        Assert.Equal(Path.Combine(folder.Path, "sub", "data.bin"), weight.File);
    }

    [Fact]
    public void Offset_and_length_may_be_left_out_and_a_checksum_is_ignored()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        WeightRef weight = Read(folder, Model().External("w", [4, 8], ("location", "data.bin"), ("checksum", "abc"))).Weights["w"];
        Assert.Equal((0, 128), (weight.Offset, weight.Length));
    }

    [Theory]
    [InlineData("/etc/passwd", "must be relative")]
    [InlineData("../data.bin", "'..' is not allowed")]
    [InlineData("sub/../data.bin", "'..' is not allowed")]
    [InlineData("sub/../../data.bin", "'..' is not allowed")]
    [InlineData("C:\\data.bin", "backslashes, colons")]
    [InlineData("C:data.bin", "backslashes, colons")]
    [InlineData("\\\\server\\share\\data.bin", "backslashes, colons")]
    [InlineData("..\\data.bin", "backslashes, colons")]
    [InlineData("data.bin\0.txt", "control characters")]
    [InlineData("sub//data.bin", "empty part")]
    [InlineData("", "empty part")]
    [InlineData(".", "empty part")]
    [InlineData("sub/", "empty part")]
    public void A_location_outside_the_models_folder_or_of_doubtful_form_is_refused(string location, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        Directory.CreateDirectory(folder["sub"]);
        ModelException fault = Fails(folder, Model().External("w", [4, 8], location, 0, 128));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.Contains("'w'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_refused_as_file_and_as_folder_on_the_way()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "symbolic links need a privilege on Windows");
        using var outside = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        outside.Write("secret.bin", new byte[FileBytes]);
        File.CreateSymbolicLink(folder["data.bin"], outside["secret.bin"]);
        Directory.CreateSymbolicLink(folder["sub"], outside.Path);
        Assert.Contains(
            "symbolic link", Fails(folder, Model().External("w", [4, 8], "data.bin", 0, 128)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "symbolic link", Fails(folder, Model().External("w", [4, 8], "sub/secret.bin", 0, 128)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dangling_symbolic_link_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "symbolic links need a privilege on Windows");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder["data.bin"], folder["nothing"]);
        Assert.Contains(
            "symbolic link", Fails(folder, Model().External("w", [4, 8], "data.bin", 0, 128)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_a_second_hard_link_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the link count is known on Linux");
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        Assert.Equal(0, HardLink(folder["data.bin"], folder["other.bin"]));
        Assert.Contains(
            "2 hard links", Fails(folder, Model().External("w", [4, 8], "data.bin", 0, 128)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_or_a_device_is_refused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["data.bin"]);
        Assert.Contains(
            "not an ordinary file", Fails(folder, Model().External("w", [4, 8], "data.bin", 0, 128)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named_unless_only_the_graph_is_wanted()
    {
        using var folder = new TemporaryFolder();
        OnnxBuilder model = Model().External("w", [4, 8], "data.bin", 0, 128);
        Assert.Contains($"'{folder["data.bin"]}'", Fails(folder, model).Message, StringComparison.Ordinal);
        Assert.Equal(128, OnnxModelReader.ReadGraphOnly(folder["model.onnx"]).Weights["w"].Length);
    }

    [Theory]
    [InlineData(0, 127, "needs 128 bytes")]
    [InlineData(0, 129, "needs 128 bytes")]
    [InlineData(FileBytes - 127, 128, "which has 4096 bytes")]
    [InlineData(long.MaxValue, 128, "overflow")]
    [InlineData(long.MaxValue - 128, 128, "which has 4096 bytes")]
    public void A_range_that_does_not_fit_tensor_and_file_is_refused(long offset, long length, string reason)
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        Assert.Contains(
            reason, Fails(folder, Model().External("w", [4, 8], "data.bin", offset, length)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("offset", "-1")]
    [InlineData("offset", "+1")]
    [InlineData("offset", " 1")]
    [InlineData("offset", "0x10")]
    [InlineData("length", "9223372036854775808")]
    [InlineData("length", "")]
    [InlineData("basepath", "/etc")]
    [InlineData("__class__", "x")]
    [InlineData("location", "other.bin")]
    public void Unknown_repeated_or_malformed_entries_are_refused(string key, string value)
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        ModelException fault = Fails(folder, Model().External("w", [4, 8], ("location", "data.bin"), (key, value)));
        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_may_share_their_whole_range_and_no_part_of_it()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        Read(folder, Model().External("w", [4, 8], "data.bin", 0, 128).External("v", [32], "data.bin", 0, 128));
        Read(folder, Model().External("w", [4, 8], "data.bin", 0, 128).External("v", [32], "data.bin", 128, 128));
        ModelException fault =
            Fails(folder, Model().External("w", [4, 8], "data.bin", 0, 128).External("v", [32], "data.bin", 124, 128));
        Assert.Contains("overlap", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'v'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { long.MaxValue, 4L })]
    [InlineData(new[] { 1L << 32, 1L << 32 })]
    [InlineData(new[] { 1L << 62 })]
    [InlineData(new[] { 8L, -1L })]
    public void Dimensions_whose_size_overflows_or_is_negative_are_refused(long[] dims)
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.bin", new byte[FileBytes]);
        Fails(folder, Model().External("w", dims, ("location", "data.bin")));
    }

    private static OnnxBuilder Model() =>
        new OnnxBuilder().Input("x", ElementType.Float32, 4, 8).Node("Add", ["x", "w"], ["y"]).Output("y");

    private static ModelGraph Read(TemporaryFolder folder, OnnxBuilder model) =>
        OnnxModelReader.Read(folder.Write("model.onnx", model.Build()));

    private static ModelException Fails(TemporaryFolder folder, OnnxBuilder model)
    {
        ModelException fault = Assert.Throws<ModelException>(() => Read(folder, model));
        Assert.DoesNotContain('\n', fault.Message);
        return fault;
    }

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "link", CharSet = System.Runtime.InteropServices.CharSet.Ansi)]
    [System.Runtime.InteropServices.DefaultDllImportSearchPaths(System.Runtime.InteropServices.DllImportSearchPath.SafeDirectories)]
    private static extern int HardLink(
        [System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string from,
        [System.Runtime.InteropServices.MarshalAs(System.Runtime.InteropServices.UnmanagedType.LPUTF8Str)] string to);
}
