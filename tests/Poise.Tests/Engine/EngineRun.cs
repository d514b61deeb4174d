using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Poise.Core.Engine;
using Poise.Core.Generation;

namespace Poise.Tests.Engine;

/// <summary>One request's tokens and the digest of all logits that led to them.</summary>
sealed record EngineRun(string Tokens, string Logits, FinishReason Finish, SequenceStatistics Statistics)
{
    /// <summary>Equal in everything but the time it took.</summary>
    public string Digest => $"{Tokens} {Logits} {Finish}";

    public static async Task<EngineRun> Of(InferenceEngine engine, int[] prompt, int tokens, ulong seed, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var request = new GenerationRequest
        {
            Prompt = prompt,
            Options = new GenerationOptions { MaxTokens = tokens, Temperature = 0.8f, TopP = 0.95f, Seed = seed },
            Logits = logits => hash.AppendData(MemoryMarshal.AsBytes(logits)),
        };
        var ids = new List<int>();
        EngineSequence sequence = engine.Start(request, cancellation);
        await foreach (TokenChoice choice in sequence) ids.Add(choice.Id);
        Assert.Equal(ids.Count, sequence.Statistics.GeneratedTokens);
        return new EngineRun(string.Join(' ', ids), Convert.ToHexStringLower(hash.GetHashAndReset()), sequence.Finish!.Value, sequence.Statistics);
    }
}
