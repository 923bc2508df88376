using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Import;
using FlashMem.Graph.Import.Onnx;
using FlashMem.Graph.Import.Wire;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Zoo;
using FlashMem.Tests.Support;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FlashMem.Tests.Graph.Import;

public class ZooGraphImportTests
{
    private const int GraphField = 7;
    private const int ValueInfoField = 13;

    public static TheoryData<string> Names => [.. ZooGraphs.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Inferred_shapes_equal_those_that_the_exporter_recorded(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write($"{name}.onnx", ZooGraphs.Read(name));
        ModelGraph graph = OnnxModelReader.ReadGraphOnly(path);
        Assert.Equal(name, graph.Name);
        Assert.Equal(18, graph.Opset);
        Assert.Equal(32, graph.Hash.Length);
        List<OnnxValue> recorded = RecordedValues(path);
        Assert.NotEmpty(recorded);
        Assert.All(recorded, value =>
        {
            Assert.True(OnnxTypes.TryConvert(value.DataType, out ElementType? type));
            var shape = new Shape([.. value.Dims!.Select(dim => dim.Value!.Value)]);
            Assert.Equal(new ValueInfo(value.Name, type!.Value, shape), graph.Values[value.Name]);
        });
        Assert.All(graph.Weights.Values, weight =>
            Assert.Equal(weight.Shape.ElementCount * weight.Type.SizeInBytes(), weight.Length));
    }

    [Fact]
    public void ResNet50_has_its_known_outline()
    {
        using var folder = new TemporaryFolder();
        ModelGraph graph = OnnxModelReader.ReadGraphOnly(folder.Write("resnet50.onnx", ZooGraphs.Read("resnet50")));
        Assert.Equal(new Shape(1, 3, 224, 224), Assert.Single(graph.Inputs).Shape);
        Assert.Equal(new Shape(1, 1000), Assert.Single(graph.Outputs).Shape);
        Assert.Equal(new Shape(1, 2048, 7, 7), graph.Values[graph.Nodes.Single(node => node.OpType == "ReduceMean").Inputs[0]].Shape);
        long parameters = graph.Weights.Values.Sum(weight => weight.Shape.ElementCount)
            + graph.Constants.Values.Where(constant => constant.Type == ElementType.Float32).Sum(constant => constant.Shape.ElementCount);
        Assert.InRange(parameters, 25_500_000, 25_600_000);
    }

    private static List<OnnxValue> RecordedValues(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        var reader = new WireReader(file, RandomAccess.GetLength(file), path);
        var values = new List<OnnxValue>();
        while (reader.NextField(out int field, out WireType wire))
        {
            if (field != GraphField)
            {
                reader.Skip(wire);
                continue;
            }

            long outer = reader.Enter(wire);
            while (reader.NextField(out field, out wire))
            {
                if (field == ValueInfoField)
                {
                    values.Add(OnnxValueParser.Read(reader, wire));
                }
                else
                {
                    reader.Skip(wire);
                }
            }

            reader.Leave(outer);
        }

        return values;
    }
}
