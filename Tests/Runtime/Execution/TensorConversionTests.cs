using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Runtime.Execution;
using FlashMem.Runtime.Sessions;
using FsCheck.Xunit;
using Xunit;

namespace FlashMem.Tests.Runtime.Execution;

public sealed class TensorConversionTests
{
    public static TheoryData<ElementType> AllTypes =>
    [
        ElementType.Float32, ElementType.Float16, ElementType.Int32, ElementType.Int64, ElementType.Bool, ElementType.UInt8,
        ElementType.Int8, ElementType.Float64, ElementType.Int16, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64,
    ];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Small_values_survive_the_way_in_and_out(ElementType type)
    {
        Tensor source = Tensor.Create(type, new Shape(3));
        Tensor result = Tensor.Create(type, new Shape(3));
        switch (source)
        {
            case Tensor<float> t: t.Data.Span[1] = 1.5f; break;
            case Tensor<Half> t: t.Data.Span[1] = (Half)(-0.25f); break;
            case Tensor<double> t: t.Data.Span[1] = 0.5; break;
            case Tensor<bool> t: t.Data.Span[1] = true; break;
            case Tensor<long> t: t.Data.Span[1] = int.MinValue; break;
            case Tensor<uint> t: t.Data.Span[1] = int.MaxValue; break;
            case Tensor<ulong> t: t.Data.Span[1] = int.MaxValue; break;
            default: source.WritableBytes[1] = 0x7F; break;
        }

        var activation = new byte[12];
        TensorConversion.ToActivation(type, source.Bytes, activation, "x");
        TensorConversion.FromActivation(type, activation, result.WritableBytes, "x");
        Assert.Equal(source.Bytes.ToArray(), result.Bytes.ToArray());
    }

    [Theory]
    [InlineData(2147483648L)]
    [InlineData(-2147483649L)]
    [InlineData(long.MinValue)]
    public void Integers_beyond_32_bits_are_refused(long value)
    {
        Tensor<long> tensor = Tensor.Create(new Shape(1), new[] { value });
        string message = Assert.Throws<UsageException>(
            () => TensorConversion.ToActivation(ElementType.Int64, tensor.Bytes, new byte[4], "input 'ids'", 7)).Message;
        Assert.Equal($"input 'ids': element 7 is {value}, integers must fit 32 bits", message);
    }

    [Fact]
    public void Unsigned_integers_beyond_31_bits_are_refused()
    {
        Tensor<uint> tensor = Tensor.Create(new Shape(1), new[] { 0x8000_0000u });
        Assert.Throws<UsageException>(() => TensorConversion.ToActivation(ElementType.UInt32, tensor.Bytes, new byte[4], "x"));
    }

    [Property]
    public void A_view_is_gathered_in_logical_order(byte a, byte b, byte c, bool swap)
    {
        var shape = new Shape(1 + (a % 4), 1 + (b % 4), 1 + (c % 4));
        TensorView view = TensorView.Dense(ElementType.Int32, shape);
        view = swap ? view.Transpose([2, 0, 1]) : view.TrySlice(2, shape[2] - 1, shape[2], -1)!;
        int[] buffer = [.. Enumerable.Range(0, (int)shape.ElementCount)];
        var gathered = new int[buffer.Length];
        ViewGather.Copy(
            view,
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(buffer.AsSpan()),
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(gathered.AsSpan()));
        Assert.Equal(Enumerable.Range(0, buffer.Length).Select(i => buffer[view.AddressOf(i)]), gathered);
    }
}
