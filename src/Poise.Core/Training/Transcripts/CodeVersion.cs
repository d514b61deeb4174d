using System.Reflection;

namespace Poise.Core.Training.Transcripts;

/// <summary>Which code computes: the informational version of this assembly, with the commit where the build knew it.</summary>
public static class CodeVersion
{
    public static string Current { get; } = typeof(CodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? typeof(CodeVersion).Assembly.GetName().Version!.ToString();
}
