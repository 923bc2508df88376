using FlashMem.Abstractions.Errors;
using FlashMem.Scheduling.Plans;

namespace FlashMem.Runtime.Execution;

/// <summary>Checks that a plan was made for the weight file that it is to read.</summary>
internal static class PlanIdentity
{
    /// <summary>Throws <see cref="UsageException"/> naming what differs.</summary>
    public static void Require(OverlapPlan plan, StreamedModel model)
    {
        Same("model", plan.ModelHash, model.Graph.ModelHash, plan, model);
        Same("layout", plan.LayoutHash, model.Layout.Hash, plan, model);
        if (plan.WeightFileHash is not null && model.ContentHash is not null)
        {
            Same("weight file", plan.WeightFileHash, model.ContentHash, plan, model);
        }
    }

    private static void Same(string what, string planned, string found, OverlapPlan plan, StreamedModel model)
    {
        if (planned != found)
        {
            throw new UsageException(
                $"the plan was made for another {what}: it names {planned} of model '{plan.Model}', "
                + $"the weight file of '{model.Graph.ModelName}' has {found}");
        }
    }
}
