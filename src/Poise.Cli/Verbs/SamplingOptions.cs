using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.AI;
using Poise.Cli.Host;
using Poise.Core.Generation;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>All options about how tokens are chosen and where an answer ends, for every verb that generates.</summary>
sealed class SamplingOptions
{
    const int StandardMaxTokens = 512;
    const double Smallest = 1e-6;

    readonly Option<int> _maxTokens = CommonOptions.Whole("--max-tokens", "At most this many new tokens", StandardMaxTokens, 1, int.MaxValue);
    readonly Option<double> _temperature;
    readonly Option<int> _topK;
    readonly Option<double> _topP;
    readonly Option<double> _minP;
    readonly Option<double> _repetition;
    readonly Option<int> _window = CommonOptions.Whole("--penalty-window", "The repetition penalty looks at this many last tokens; 0 = all", 0, 0, int.MaxValue);
    readonly Option<double> _frequency = CommonOptions.Number("--frequency-penalty", "Lower each token's logit by this for every time that the answer holds it", 0, -GenerationRules.MaximumPenalty, GenerationRules.MaximumPenalty);
    readonly Option<double> _presence = CommonOptions.Number("--presence-penalty", "Lower the logit of every token that the answer holds by this", 0, -GenerationRules.MaximumPenalty, GenerationRules.MaximumPenalty);
    readonly Option<KeyValuePair<int, double>[]> _bias = LogitBias();
    readonly Option<ulong> _seed = CommonOptions.Seed("Same seed, same text, on any machine");
    readonly Option<string[]> _stops = StopStrings();
    readonly Option<int[]> _stopIds = StopIds();
    readonly Option<int?> _topLogProbs = TopLogProbs();

    /// <param name="modelDefaults">The model's own recommendation stands where an option is absent; otherwise greedy does.</param>
    public SamplingOptions(bool modelDefaults)
    {
        double? Standard(double value) => modelDefaults ? null : value;
        string ending = modelDefaults ? "; without it as the model recommends" : "";
        _temperature = CommonOptions.Number("--temperature", "0 always takes the likeliest token; up to 2" + ending, Standard(0), 0, GenerationRules.MaximumTemperature);
        _topK = CommonOptions.Whole("--top-k", "Draw among this many likeliest tokens; 0 = all" + ending, (int?)Standard(0), 0, int.MaxValue);
        _topP = CommonOptions.Number("--top-p", "Draw among the likeliest tokens that reach this probability together" + ending, Standard(1), Smallest, 1);
        _minP = CommonOptions.Number("--min-p", "Draw among tokens at least so likely as this part of the likeliest" + ending, Standard(0), 0, 1);
        _repetition = CommonOptions.Number("--repetition-penalty", "Divide the logits of tokens that came before, if positive, and multiply them if negative; 1 = off" + ending,
            Standard(1), GenerationRules.MinimumRepetitionPenalty, GenerationRules.MaximumRepetitionPenalty);
    }

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_maxTokens, _temperature, _topK, _topP, _minP, _repetition, _window, _frequency, _presence, _bias, _seed, _stops, _stopIds, _topLogProbs])
            command.Options.Add(option);
    }

    public int MaxTokens(ParseResult parsed) => parsed.GetValue(_maxTokens);

    /// <summary>Whether somebody wrote --max-tokens.</summary>
    public bool IsMaxTokensGiven(ParseResult parsed) => IsGiven(parsed, _maxTokens);

    /// <summary>Whether tokens with their log-probabilities were asked for.</summary>
    public bool WritesTokens(ParseResult parsed) => IsGiven(parsed, _topLogProbs);

    /// <summary>What was written, over <paramref name="standard"/>. Throws a <see cref="PoiseException"/> for ids that the vocabulary lacks.</summary>
    public GenerationOptions Build(ParseResult parsed, GenerationOptions standard, int vocabularySize)
    {
        T Value<T>(Option<T> option, T otherwise) => IsGiven(parsed, option) ? parsed.GetValue(option)! : otherwise;
        GenerationOptions options = standard with
        {
            MaxTokens = Value(_maxTokens, standard.MaxTokens),
            Temperature = Value(_temperature, standard.Temperature),
            TopK = Value(_topK, standard.TopK),
            TopP = Value(_topP, standard.TopP),
            MinP = Value(_minP, standard.MinP),
            RepetitionPenalty = Value(_repetition, standard.RepetitionPenalty),
            PenaltyWindow = Value(_window, standard.PenaltyWindow),
            FrequencyPenalty = Value(_frequency, standard.FrequencyPenalty),
            PresencePenalty = Value(_presence, standard.PresencePenalty),
            LogitBias = IsGiven(parsed, _bias) ? new Dictionary<int, double>(parsed.GetValue(_bias)!) : standard.LogitBias,
            Seed = Value(_seed, standard.Seed),
            StopStrings = IsGiven(parsed, _stops) ? parsed.GetValue(_stops)! : standard.StopStrings,
            StopIds = IsGiven(parsed, _stopIds) ? parsed.GetValue(_stopIds)! : standard.StopIds,
            TopLogProbs = Value(_topLogProbs, standard.TopLogProbs),
        };
        options.Validate(vocabularySize);
        return options;
    }

    /// <summary>What was written, over <paramref name="standard"/>: what nobody wrote stays open for the model's own defaults.</summary>
    public ChatOptions BuildChat(ParseResult parsed, ChatOptions standard)
    {
        if (WritesTokens(parsed)) throw new UsageException("--top-logprobs is for `poise run`.");
        ChatOptions options = standard.Clone();
        var more = new AdditionalPropertiesDictionary(options.AdditionalProperties ?? []);
        if (IsGiven(parsed, _maxTokens)) options.MaxOutputTokens = parsed.GetValue(_maxTokens);
        if (IsGiven(parsed, _temperature)) options.Temperature = (float)parsed.GetValue(_temperature);
        if (IsGiven(parsed, _topK)) options.TopK = parsed.GetValue(_topK);
        if (IsGiven(parsed, _topP)) options.TopP = (float)parsed.GetValue(_topP);
        if (IsGiven(parsed, _frequency)) options.FrequencyPenalty = (float)parsed.GetValue(_frequency);
        if (IsGiven(parsed, _presence)) options.PresencePenalty = (float)parsed.GetValue(_presence);
        if (IsGiven(parsed, _seed)) options.Seed = unchecked((long)parsed.GetValue(_seed));
        if (IsGiven(parsed, _stops)) options.StopSequences = [.. parsed.GetValue(_stops)!];
        if (IsGiven(parsed, _minP)) more["min_p"] = parsed.GetValue(_minP);
        if (IsGiven(parsed, _repetition)) more["repetition_penalty"] = parsed.GetValue(_repetition);
        if (IsGiven(parsed, _window)) more["penalty_window"] = (long)parsed.GetValue(_window);
        if (IsGiven(parsed, _bias)) more["logit_bias"] = string.Join(',', parsed.GetValue(_bias)!.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}")));
        if (IsGiven(parsed, _stopIds)) more["stop_ids"] = string.Join(',', parsed.GetValue(_stopIds)!);
        if (more.Count > 0) options.AdditionalProperties = more;
        return options;
    }

    static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    static Option<KeyValuePair<int, double>[]> LogitBias() => new("--logit-bias")
    {
        Description = "Add BIAS, -100 to 100, to the logit of the token ID; may be repeated",
        HelpName = "ID=BIAS",
        CustomParser = result =>
        {
            var biases = new Dictionary<int, double>();
            foreach (Token token in result.Tokens)
            {
                string[] parts = token.Value.Split('=');
                if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                    || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double bias)
                    || !(Math.Abs(bias) <= GenerationRules.MaximumLogitBias))
                    result.AddError($"--logit-bias takes a token's id, '=', and a number from -100 to 100, as in 42=-5, not '{token.Value}'.");
                else if (!biases.TryAdd(id, bias)) result.AddError($"--logit-bias names the id {id} twice.");
            }
            if (biases.Count > GenerationRules.MaximumBiasedIds) result.AddError($"--logit-bias may be given at most {GenerationRules.MaximumBiasedIds} times.");
            return [.. biases];
        },
    };

    static Option<string[]> StopStrings()
    {
        var option = new Option<string[]>("--stop") { Description = "End the answer before this text; may be repeated", HelpName = "TEXT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > GenerationRules.MaximumStopStrings) result.AddError($"--stop may be given at most {GenerationRules.MaximumStopStrings} times.");
            foreach (Token token in result.Tokens)
                if (token.Value.Length is 0 or > GenerationRules.MaximumStopLength)
                    result.AddError($"--stop takes a text of 1 to {GenerationRules.MaximumStopLength} characters, not of {token.Value.Length}.");
        });
        return option;
    }

    static Option<int[]> StopIds() => new("--stop-id")
    {
        Description = "End the answer at this token, besides the model's own; may be repeated",
        HelpName = "ID",
        CustomParser = result =>
        {
            var ids = new List<int>();
            foreach (Token token in result.Tokens)
                if (int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int id)) ids.Add(id);
                else result.AddError($"--stop-id takes a token's id, a whole number, not '{token.Value}'.");
            if (ids.Count > GenerationRules.MaximumStopIds) result.AddError($"--stop-id may be given at most {GenerationRules.MaximumStopIds} times.");
            return [.. ids];
        },
    };

    static Option<int?> TopLogProbs() => new("--top-logprobs")
    {
        Description = "Write a JSON line for each token in place of text: its log-probability, and the N (0 to 20) likeliest tokens",
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= GenerationRules.MaximumTopLogProbs) return count;
            result.AddError($"--top-logprobs takes a whole number from 0 to {GenerationRules.MaximumTopLogProbs}, not '{text}'.");
            return null;
        },
    };
}
