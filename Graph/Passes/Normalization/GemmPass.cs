using FlashMem.Graph.Import;
using FlashMem.Graph.Ir;
using FlashMem.Graph.Passes.Editing;

namespace FlashMem.Graph.Passes.Normalization;

/// <summary>
/// Gemm becomes MatMul with Transpose, Mul and Add around it as its attributes ask. The Transpose of a weight is a view for the lowering.
/// </summary>
internal sealed class GemmPass() : RewritePass("Gemm")
{
    public override string Name => "gemm";

    protected override void Rewrite(GraphEditor editor, NodeSlot slot)
    {
        Node node = slot.Node;
        string output = node.Outputs[0];
        float alpha = node.Attribute("alpha", 1f);
        float beta = node.Attribute("beta", 1f);
        string bias = beta == 0 ? "" : node.Input(2);
        string left = Operand(editor, slot, 0, "transA");
        string right = Operand(editor, slot, 1, "transB");
        if (alpha == 1 && bias.Length == 0)
        {
            editor.Replace(slot, "MatMul", [left, right]);
            return;
        }

        var type = editor.TypeOf(output);
        string product = editor.Insert(slot, $"{output}/product", "MatMul", [left, right], type, editor.ShapeOf(output));
        if (bias.Length == 0)
        {
            editor.Replace(slot, "Mul", [product, editor.ScalarConstant(type, alpha)]);
            return;
        }

        if (alpha != 1)
        {
            product = editor.Binary(slot, $"{output}/scaled", "Mul", product, editor.ScalarConstant(type, alpha));
        }

        if (beta != 1)
        {
            bias = editor.Binary(slot, $"{output}/bias", "Mul", bias, editor.ScalarConstant(type, beta));
        }

        editor.Replace(slot, "Add", [product, bias]);
    }

    private static string Operand(GraphEditor editor, NodeSlot slot, int index, string flag) => slot.Node.Attribute(flag, 0) == 0
        ? slot.Node.Inputs[index]
        : editor.SwapLast(slot, $"{slot.Node.Inputs[index]}/transposed", slot.Node.Inputs[index]);
}
