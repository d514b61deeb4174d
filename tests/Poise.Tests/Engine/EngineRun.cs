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

    public static Task<EngineRun> Of(InferenceEngine engine, int[] prompt, int tokens, ulong seed, CancellationToken cancellation = default) =>
        Of(engine, new GenerationRequest { Prompt = prompt, Options = new GenerationOptions { MaxTokens = tokens, Temperature = 0.8f, TopP = 0.95f, Seed = seed } }, cancellation);

    public static async Task<EngineRun> Of(InferenceEngine engine, GenerationRequest request, CancellationToken cancellation = default)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var choices = new List<TokenChoice>();
        int rows = 0;
        EngineSequence sequence = engine.Start(request with
        {
            Logits = logits =>
            {
                rows++;
                hash.AppendData(MemoryMarshal.AsBytes(logits));
            },
        }, cancellation);
        await foreach (TokenChoice choice in sequence) choices.Add(choice);
        Assert.Equal(choices.Count, sequence.Statistics.GeneratedTokens);
        Assert.Equal(choices.Count, rows);
        foreach (TokenChoice choice in choices)
        {
            hash.AppendData(BitConverter.GetBytes(choice.LogProb ?? 0));
            foreach (TokenLogProb top in choice.Top) hash.AppendData(BitConverter.GetBytes(top.Id + top.LogProb));
        }

        return new EngineRun(string.Join(' ', choices.Select(choice => choice.Id)), Convert.ToHexStringLower(hash.GetHashAndReset()), sequence.Finish!.Value, sequence.Statistics);
    }
}
