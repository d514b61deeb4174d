using Poise.Assembler;
using Poise.Cli.Host;

AssembledKernels.Enable();
return await CommandLine.RunAsync(args);
