using Poise.Core.Tokenizers;
using Poise.Tensors;

namespace Poise.Core.Chat.Dialects;

/// <summary>The output side of Llama 3 and its successors with the same tokens; the prompt side is the model's template.</summary>
public sealed class Llama3Dialect : IChatDialect
{
    internal const string DialectName = "llama-3";

    static readonly string[] s_stops = ["<|eot_id|>", "<|eom_id|>", "<|end_of_text|>"];

    readonly Tokenizer _tokenizer;
    readonly IPromptRenderer? _renderer;
    readonly Llama3Tokens _tokens;

    public Llama3Dialect(Tokenizer tokenizer, IPromptRenderer? renderer)
    {
        if (!Fits(tokenizer)) throw new PoiseException("The tokenizer has no token <|eot_id|>: it is not one of a model that speaks Llama 3's format.");
        _tokenizer = tokenizer;
        _renderer = renderer;
        StopIds = [.. s_stops.Select(tokenizer.FindId).OfType<int>()];
        _tokens = new Llama3Tokens(tokenizer.FindId("<|python_tag|>"), tokenizer.FindId("<|start_header_id|>"), tokenizer.FindId("<|end_header_id|>"), [.. StopIds]);
    }

    internal static IReadOnlyList<string> SpecialTokens { get; } = [.. s_stops, "<|python_tag|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>"];

    public string Name => DialectName;

    public IReadOnlyList<int> StopIds { get; }

    public IReadOnlyList<int> Render(ChatRequest request) =>
        _renderer?.Render(request) ?? throw new PoiseException("The model has no chat template; give it a prompt instead of a conversation.");

    public IAnswerParser CreateParser() => new Llama3AnswerParser(_tokenizer, _tokens);

    internal static bool Fits(Tokenizer tokenizer) =>
        tokenizer.FindId("<|eot_id|>") is not null && tokenizer.FindId("<|start_header_id|>") is not null && tokenizer.FindId("<|end_header_id|>") is not null;
}

/// <summary>Ids with a meaning in the output; older vocabularies lack some.</summary>
sealed record Llama3Tokens(int? PythonTag, int? StartHeader, int? EndHeader, HashSet<int> Stops);
