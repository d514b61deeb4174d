using System.Text;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Harmony;
using Poise.Core.Chat.Templates;
using Poise.Core.Library;
using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>How a model's data become tokens: its tokenizer, its chat format, and the tokens that end a turn and a text.</summary>
public sealed class SampleFormat
{
    // Where a model has several stop tokens, these end a text; the others end a turn.
    static readonly string[] s_ends = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<｜end▁of▁sentence｜>"];

    readonly Lazy<Tokenizer>? _tokenizer;
    readonly Lazy<IConversationFormat?>? _conversations;
    readonly Lazy<int?>? _end;
    readonly Lazy<IChatDialect?>? _dialect;
    readonly IReadOnlyList<int> _stopIds = [];

    SampleFormat(int vocabularySize) => VocabularySize = vocabularySize;

    SampleFormat(int vocabularySize, Func<Tokenizer> tokenizer, ChatTemplateSource? template, string templateName, IReadOnlyList<int> stopIds) : this(vocabularySize)
    {
        _tokenizer = new(tokenizer);
        _stopIds = stopIds;
        _dialect = new(() => HarmonyVocabulary.Fits(Tokenizer) ? Dialects.For(Tokenizer, null) : Renderer(Tokenizer, template, templateName) is { } renderer ? Dialects.For(Tokenizer, renderer) : null);
        _conversations = new(() => Conversations(Tokenizer, template, templateName, stopIds));
        _end = new(() => FindEnd(Tokenizer, template, stopIds));
    }

    /// <summary>
    /// The day that templates print where they print one and a sample has none. A fixed one, so that the same data give the same tokens at any time; the one that Llama 3.1's
    /// template takes when it knows no other.
    /// </summary>
    internal static DateTimeOffset Day { get; } = new(2024, 7, 26, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Ids are below this.</summary>
    public int VocabularySize { get; }

    /// <exception cref="PoiseException">The model brings none.</exception>
    public Tokenizer Tokenizer => _tokenizer?.Value ?? throw new PoiseException("there is no tokenizer here, so that data have to be ids (\"input_ids\")");

    /// <summary>Whether the model knows turns; others continue texts.</summary>
    public bool HoldsConversations => _conversations?.Value is not null;

    /// <summary>The token that ends a text; null where the model has none.</summary>
    public int? EndId => _end?.Value;

    /// <summary>Tokens that end an answer.</summary>
    internal IReadOnlySet<int> StopIds => new HashSet<int>([.. _stopIds, .. Tokenizer.StopIds, .. _dialect?.Value?.StopIds ?? [], .. EndId is { } end ? [end] : Array.Empty<int>()]);

    /// <summary>A question as the model is asked it, up to where it begins to write; where the model knows no turns, a text to go on from.</summary>
    internal int[] Prompt(string text) => _dialect?.Value is { } dialect
        ? [.. dialect.Render(new ChatRequest { Messages = [ChatMessage.Of(ChatRole.User, text)], Now = Day })]
        : [.. Tokenizer.EncodePrompt(text)];

    /// <summary>The format of a model, found in its files. The tokenizer is read when the first text needs it: data that are ids do without.</summary>
    public static SampleFormat Of(ModelPackage package) =>
        new(package.Config.VocabularySize, () => package.Tokenizer, package.ChatTemplateSource, $"{package.Path}: chat template", package.StopIds);

    /// <summary>The format of a tokenizer with a template, which gpt-oss does without.</summary>
    /// <param name="stopIds">Ids that end an answer, beside those of the tokenizer.</param>
    public static SampleFormat Of(Tokenizer tokenizer, ChatTemplateSource? template = null, IReadOnlyList<int>? stopIds = null) =>
        new(tokenizer.VocabularySize, () => tokenizer, template, "chat template", stopIds ?? []);

    /// <summary>For data that are ids already.</summary>
    public static SampleFormat OfIds(int vocabularySize) => new(vocabularySize);

    /// <exception cref="PoiseException">The record cannot become a sample.</exception>
    internal TrainingSample Render(DataRecord record) => record switch
    {
        ConversationRecord conversation => (_conversations is null ? throw NoTokenizer() : _conversations.Value ?? throw new PoiseException(
            "this is a conversation, and the model has no chat template; give it texts, or prompts with completions")).Render(conversation),
        ContinuationRecord { IsChat: true } both when HoldsConversations => Render(both.AsConversation()),
        ContinuationRecord both => Continuation(both.Prompt + both.Between, both.Completion),
        TextRecord text => TextOf(text.Text),
        TokensRecord tokens => OfTokens(tokens),
        _ => throw new ArgumentException($"{record.GetType().Name} is no sample.", nameof(record)),
    };

    internal PreferencePair Render(PreferenceRecord record) => new(Render(record.Chosen), Render(record.Rejected));

    PoiseException NoTokenizer() => new("there is no tokenizer here, so that data have to be ids (\"input_ids\")");

    TrainingSample Continuation(string prompt, string completion)
    {
        CutEncoding encoding = CutEncoding.Of(prompt + completion, [prompt.Length], Tokenizer, (text, first) => first ? Tokenizer.EncodePrompt(text) : Tokenizer.Encode(text))
            ?? throw new PoiseException("the model's tokenizer does not let the completion begin where the prompt ends, so that the two cannot be told apart");
        int[] ids = [.. encoding.Ids, .. EndId is { } end ? [end] : Array.Empty<int>()];
        return new TrainingSample(ids, [.. ids.Select((id, i) => i < encoding.Places[0] ? TrainingSample.NoLoss : id)]);
    }

    TrainingSample TextOf(string text)
    {
        int[] ids = [.. Tokenizer.EncodePrompt(text), .. EndId is { } end ? [end] : Array.Empty<int>()];
        return new TrainingSample(ids, [.. ids]) { IsText = true };
    }

    TrainingSample OfTokens(TokensRecord tokens)
    {
        foreach (int id in tokens.Ids)
            if ((uint)id >= (uint)VocabularySize) throw new PoiseException($"the id {id} is outside the model's vocabulary (0 to {VocabularySize - 1})");
        foreach (int label in tokens.Labels ?? [])
            if (label != TrainingSample.NoLoss && (uint)label >= (uint)VocabularySize) throw new PoiseException($"the label {label} is neither -100 nor in the model's vocabulary (0 to {VocabularySize - 1})");
        return new TrainingSample(tokens.Ids, tokens.Labels ?? [.. tokens.Ids]);
    }

    static IConversationFormat? Conversations(Tokenizer tokenizer, ChatTemplateSource? template, string name, IReadOnlyList<int> stopIds)
    {
        if (HarmonyVocabulary.Fits(tokenizer)) return new HarmonySamples(new HarmonyVocabulary(tokenizer));
        if (template is null || Renderer(tokenizer, template, name) is not { } renderer) return null;
        return new TemplateSamples(renderer, [.. stopIds, .. Dialects.For(tokenizer, renderer).StopIds, .. tokenizer.StopIds, .. template.EosToken is { } eos && tokenizer.FindId(eos) is { } own ? [own] : Array.Empty<int>()], Day);
    }

    static TemplatePromptRenderer? Renderer(Tokenizer tokenizer, ChatTemplateSource? template, string name)
    {
        if (template is null) return null;
        string? bos = template.BosToken ?? (tokenizer.BosId is { } id ? Encoding.UTF8.GetString(tokenizer.BytesOf(id)) : null);
        return new TemplatePromptRenderer(template.Text, name, tokenizer, bos, template.EosToken);
    }

    static int? FindEnd(Tokenizer tokenizer, ChatTemplateSource? template, IReadOnlyList<int> stopIds)
    {
        HashSet<int> stops = [.. stopIds, .. tokenizer.StopIds];
        foreach (string spelling in s_ends)
            if (tokenizer.FindId(spelling) is { } id && (stops.Contains(id) || (stops.Count == 0 && tokenizer.IsSpecial(id)))) return id;
        if (template?.EosToken is { } eos && tokenizer.FindId(eos) is { } own) return own;
        return stops.Count == 0 ? null : stops.Min();
    }
}
