using FlashMem.Abstractions.Errors;
using FlashMem.Abstractions.Tensors;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>CastLike becomes Cast to the element type of its second input, which is known.</summary>
internal sealed class CastLikePass() : RewritePass("CastLike")
{
    public override string Name => "casts";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        long type = editor.TypeOf(slot.Node.Inputs[1]) switch
        {
            ElementType.Float32 => 1,
            ElementType.UInt8 => 2,
            ElementType.Int8 => 3,
            ElementType.UInt16 => 4,
            ElementType.Int16 => 5,
            ElementType.Int32 => 6,
            ElementType.Int64 => 7,
            ElementType.Bool => 9,
            ElementType.Float16 => 10,
            ElementType.Float64 => 11,
            ElementType.UInt32 => 12,
            ElementType.UInt64 => 13,
            ElementType.BFloat16 => 16,
            var other => throw new ModelException($"{slot.Node}: no ONNX data type for {other}"),
        };
        editor.Replace(slot, "Cast", [slot.Node.Inputs[0]], NodeFactory.Attributes(("to", type)));
    }
}
