using FlashMem.Cli;
using Xunit;

namespace FlashMem.Tests.Cli;

/// <summary>Only the verb that is asked for is made, so it must be found by its name.</summary>
public sealed class VerbTests
{
    [Fact]
    public void Every_verb_has_the_name_by_which_it_is_found() =>
        Assert.All(FlashMemCommand.Verbs, verb => Assert.Equal(verb.Name, verb.Create().Name));
}
