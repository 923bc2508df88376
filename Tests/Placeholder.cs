namespace FlashMem.Tests;
