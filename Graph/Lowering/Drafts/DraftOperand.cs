using FlashMem.Abstractions.Tensors;

namespace FlashMem.Graph.Lowering.Drafts;

/// <summary>What a kernel under construction reads; mutable because buffers may be laid out anew under their readers.</summary>
internal sealed class DraftOperand
{
    public DraftOperand(DraftStorage storage, TensorView view)
    {
        Storage = storage;
        View = view;
        if (storage is DraftBuffer buffer)
        {
            buffer.Readers.Add(this);
        }
    }

    public DraftStorage Storage { get; set; }

    public TensorView View { get; set; }
}
