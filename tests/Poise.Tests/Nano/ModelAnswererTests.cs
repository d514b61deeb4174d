using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Core.Chat;
using Poise.Core.Chat.Harmony;
using Poise.Core.Client;
using Poise.Core.Engine;
using Poise.Core.Generation;
using Poise.Core.Models;
using Poise.Core.Nano;
using Poise.Core.Nano.Asking;
using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Tasks;
using Poise.Core.Tokenizers.BuiltIn;
using Poise.Tests.Client;
using AbstractionsMessage = Microsoft.Extensions.AI.ChatMessage;
using AbstractionsRole = Microsoft.Extensions.AI.ChatRole;
using ChatMessage = Poise.Core.Chat.ChatMessage;
using ChatRole = Poise.Core.Chat.ChatRole;
using ReasoningEffort = Poise.Core.Chat.ReasoningEffort;

namespace Poise.Tests.Nano;

/// <summary>Questions of the exam asked of models with random weights: whatever such a model writes is graded, and nothing of it is an error.</summary>
public sealed class ModelAnswererTests(TinyModels models, ITestOutputHelper output) : IClassFixture<TinyModels>
{
    static readonly ExamOptions s_options = new();

    public static TheoryData<string> Kinds => [.. NanoTasks.All.Select(task => task.Kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ExpectedAnswersAreRightWhenAModelWritesThem(string kind)
    {
        using LocalModel model = TinyModels.Open(models.Harmony);
        NanoSample[] items = [.. NanoExam.Items(kind, most: 16)];
        var answerer = new ModelAnswerer(model, s_options);
        ExamReport report = await NanoExam.GradeAsync(items, (item, token) => Write(model, answerer, item, Written(item.Answer), token), parallel: 8, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(report.Wrong.Select(answer => $"{answer.Item.Question}: {answer.Fault}"));
        Assert.All(report.Answers, answer =>
        {
            Assert.Equal(answer.Item.Answer.Text, answer.Given.Message.Text);
            Assert.Equal(answer.Item.Answer.Reasoning, answer.Given.Message.Reasoning);
            Assert.Equal(answer.Item.Answer.ToolCalls.Select(call => call.Arguments), answer.Given.Message.ToolCalls.Select(call => call.Arguments));
        });
        // One token short of its end, no answer counts.
        report = await NanoExam.GradeAsync(items, (item, token) => Write(model, answerer, item, Written(item.Answer), token, cut: 1), parallel: 8, cancellation: TestContext.Current.CancellationToken);
        Assert.All(report.Answers, answer => Assert.Matches("^has no end after [0-9]+ tokens$", answer.Fault));
    }

    [Theory]
    [InlineData("<|return|>", "calls no tool")]
    [InlineData("<|end|><|start|><|channel|>final<|constrain|><|message|><|start|>84<|return|>", "calls no tool")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{\"expression\": <|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|><|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>[[[[<|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{\"a\":1,\"a\":2}<|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{\"a\":\"\\ud800\"}<|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions.NAME <|constrain|>json<|message|>{\"\\ud800\":1}<|call|>", "has the arguments")]
    [InlineData("<|channel|>commentary to=functions. <|constrain|>json<|message|>{}<|call|>", "calls")]
    [InlineData("<|message|><|message|><|call|><|return|>", "calls no tool")]
    public async Task WhatIsMalformedIsWrong(string written, string fault)
    {
        using LocalModel model = TinyModels.Open(models.Harmony);
        NanoSample item = NanoExam.Items("tools").First(i => i.Part == "call");
        var answerer = new ModelAnswerer(model, s_options);
        GivenAnswer given = await Write(model, answerer, item, written.Replace("NAME", item.Answer.ToolCalls[0].Name, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        GradedAnswer graded = GradedAnswer.Of(0, item, given);
        Assert.Null(given.Problem);
        Assert.StartsWith(fault, graded.Fault, StringComparison.Ordinal);
        Assert.Equal("wrong", ExamLines.Of(graded).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task RubbishIsWrongAndTheSameInAnyCompany()
    {
        NanoSample[] items = [.. NanoTasks.All.SelectMany(task => NanoExam.Items(task.Kind, most: 6))];
        var answers = new List<string[]>();
        foreach (int parallel in (int[])[1, 16])
        {
            using LocalModel model = TinyModels.Open(models.Harmony);
            ExamReport report = await NanoExam.GradeAsync(items, new ModelAnswerer(model, s_options with { MaxTokens = 40 }).AskAsync, parallel, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(0, report.Total!.Right);
            answers.Add([.. report.Answers.Select(answer => ExamLines.Of(answer).GetRawText())]);
        }
        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task AQuestionThatDoesNotFitIsWrong()
    {
        using LocalModel model = LocalModel.Open(models.Harmony, new LocalModelOptions { Load = new LoadOptions { Threads = 1 }, Engine = new EngineOptions { ContextLength = 64 } });
        GivenAnswer given = await new ModelAnswerer(model, s_options).AskAsync(NanoExam.Items("documents", most: 1)[0], TestContext.Current.CancellationToken);
        Assert.Matches("^cannot be asked: the prompt has [0-9]+ tokens and the context holds 64$", given.Problem);
    }

    [Fact]
    public async Task StoppingIsNoAnswer()
    {
        using LocalModel model = TinyModels.Open(models.Harmony);
        using var stop = new CancellationTokenSource();
        var answerer = new ModelAnswerer(model, s_options with { MaxTokens = 10_000 });
        Task<ExamReport> exam = NanoExam.GradeAsync(NanoExam.Items("talk"), answerer.AskAsync, 4, cancellation: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => exam);
        Assert.Equal(0, model.Engine.Status.Running);
    }

    /// <summary>The ids are those of <c>poise chat</c>, which gets its messages, tools and effort through Microsoft.Extensions.AI.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void ThePromptIsThatOfAConversation(string kind)
    {
        foreach (string path in (string[])[models.Harmony, models.Llama])
        {
            using LocalModel model = TinyModels.Open(path);
            foreach (NanoSample item in NanoExam.Items(kind, most: 40))
            {
                var options = new ChatOptions
                {
                    Tools = [.. item.Tools.Select(tool => new DeclaredTool(tool.Name, tool.Description, tool.Parameters))],
                    Reasoning = new ReasoningOptions { Effort = item.Effort switch { ReasoningEffort.Low => Microsoft.Extensions.AI.ReasoningEffort.Low, ReasoningEffort.Medium => Microsoft.Extensions.AI.ReasoningEffort.Medium, _ => Microsoft.Extensions.AI.ReasoningEffort.High } },
                };
                var request = new ChatRequest
                {
                    Messages = MessageReader.Read(item.Prompt.Select(Abstraction), null), Tools = ChatOptionsReader.Tools(options), Effort = ChatOptionsReader.Effort(options), Now = new DateTimeOffset(item.Date!.Value, TimeOnly.MinValue, TimeSpan.Zero),
                };
                Assert.Equal(model.Dialect.Render(request), model.Dialect.Render(ModelAnswerer.Request(item)));
            }
        }
    }

    [Fact]
    public void EveryQuestionHasADay() => Assert.All(NanoExam.All(), item => Assert.NotNull(item.Date));

    /// <summary>With the vocabulary of gpt-oss; a smaller one needs more.</summary>
    [Fact]
    public void RightAnswersAreFarFromTheLimit()
    {
        int longest = NanoExam.All().Max(item => BuiltInVocabulary.Harmony.Encode(Written(item.Answer), allowSpecial: true).Length);
        output.WriteLine($"the longest has {longest} tokens");
        Assert.InRange(longest, 1, s_options.MaxTokens / 2);
    }

    static async Task<GivenAnswer> Write(LocalModel model, ModelAnswerer answerer, NanoSample item, string text, CancellationToken cancellation, int cut = 0)
    {
        int[] ids = model.Tokenizer.Encode(text, allowSpecial: true);
        return await answerer.AskAsync(item, new GenerationOptions { Mask = () => new Script(ids), MaxTokens = ids.Length - cut }, cancellation);
    }

    // As gpt-oss writes it.
    static string Written(ChatMessage answer)
    {
        string reasoning = answer.Reasoning is { } thought ? $"<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant" : "";
        return answer.ToolCalls.Count == 0
            ? $"{reasoning}<|channel|>final<|message|>{answer.Text}<|return|>"
            : $"{reasoning}<|channel|>commentary to=functions.{answer.ToolCalls[0].Name} <|constrain|>json<|message|>{answer.ToolCalls[0].Arguments}<|call|>";
    }

    static AbstractionsMessage Abstraction(ChatMessage message)
    {
        if (message.Role == ChatRole.Tool) return new AbstractionsMessage(AbstractionsRole.Tool, [new FunctionResultContent(message.ToolCallId!, message.Text)]);
        var contents = new List<AIContent>();
        if (message.Reasoning is { } reasoning) contents.Add(new TextReasoningContent(reasoning));
        if (message.Text.Length > 0) contents.Add(new Microsoft.Extensions.AI.TextContent(message.Text));
        foreach (ToolCall call in message.ToolCalls)
            contents.Add(new FunctionCallContent(call.Id, call.Name) { AdditionalProperties = new() { [ChatKeys.ArgumentsText] = call.Arguments } });
        return new AbstractionsMessage(message.Role switch { ChatRole.System => AbstractionsRole.System, ChatRole.User => AbstractionsRole.User, _ => AbstractionsRole.Assistant }, contents);
    }
}
