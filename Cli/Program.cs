using FlashMem.Cli;

return await FlashMemCommand.RunAsync(args).ConfigureAwait(false);
