using Poise.Cli.Host;

return await CommandLine.RunAsync(args);
