using Poise.Core.Chat;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Models;
using Poise.Tests.Engine;
using Poise.Tests.Support;

namespace Poise.Tests.Client;

/// <summary>An answer is the same, its count of tokens included, however far ahead of its reader the engine computes.</summary>
public class AnswerTests
{
    [Fact]
    public async Task AStopStringEndsTheCountToo()
    {
        var seen = new List<(string Text, int Tokens, FinishReason? Finish)>();
        int accepted = 0;
        foreach (int draft in (int[])[0, 7])
        {
            using LocalModel model = LocalModel.Open(Shared.Golden("models", "stories260K"), new LocalModelOptions { Load = new LoadOptions { Threads = 1 }, Engine = new EngineOptions { DraftTokens = draft } });
            int[] loop = model.Tokenizer.Encode("Tim ran and ran");
            for (int times = 3; times < 8; times++)
            {
                var options = new GenerationOptions { MaxTokens = 300, Mask = () => new LoopMask(loop, 0), StopStrings = [string.Concat(Enumerable.Repeat(" and ran Tim ran", times))] };
                var answer = new Answer(model.Engine, AnswerPlan.Continue(model.Package, "Once upon a time,", specials: false), options);
                string text = "";
                int tokens = 0;
                await foreach (AnswerStep step in answer.ReadAsync(TestContext.Current.CancellationToken))
                {
                    if (step.Token is not null) tokens++;
                    foreach (AnswerText part in step.Parts.OfType<AnswerText>()) text += part.Text;
                }

                Assert.Equal(tokens, answer.Statistics!.GeneratedTokens);
                accepted += answer.Statistics.AcceptedTokens;
                seen.Add((text, tokens, answer.Finish));
            }
        }

        Assert.True(accepted > 10, $"{accepted}");
        Assert.Equal(seen[..5], seen[5..]);
        Assert.All(seen, answer => Assert.Equal(FinishReason.Stop, answer.Finish));
    }
}
