using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Poise.Cli.Chat;
using Poise.Cli.Output;
using Poise.Core.Chat;
using Poise.Core.Chat.Templates;
using Poise.Core.Engine;
using Poise.Core.Layers;
using Poise.Core.Models;
using Poise.Tensors;

namespace Poise.Cli.Verbs;

/// <summary>Options and arguments that several verbs share, and the checks of their ranges.</summary>
static class CommonOptions
{
    public static Argument<string> Model(string name = "MODEL") => new(name)
    {
        Description = "A GGUF file, a Hugging Face folder, or a folder in OpenAI's original gpt-oss layout",
    };

    public static Argument<string?> ModelOrDefault() => new("MODEL")
    {
        Description = "A GGUF file, a Hugging Face folder, or a folder in OpenAI's original gpt-oss layout (default: nano, the small model that comes with Poise)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Option<int> Threads() => Whole("--threads", "Compute threads; 0 = one per processor", 0, 0, 1024);

    public static Option<int> Draft() =>
        Whole("--draft", "Compute up to so many tokens along with the next that followed the same words before, 0 to 16; the text stays the same, what repeats comes faster", new EngineOptions().DraftTokens, 0, 16);

    public static Option<string> Activations()
    {
        var option = new Option<string>("--activations")
        {
            Description = "Precision of the activations in products with quantised weights; f32 is the precise mode",
            DefaultValueFactory = _ => "int8",
        };
        option.AcceptOnlyFromAmong("int8", "f32");
        return option;
    }

    public static Option<string> Placement()
    {
        var option = new Option<string>("--placement")
        {
            Description = "Where the weights live: packed into memory; all but rarely used experts packed (streamed); or mapped and read from the file as they are",
            DefaultValueFactory = _ => "auto",
        };
        option.AcceptOnlyFromAmong("auto", "packed", "streamed", "mapped");
        return option;
    }

    public static Option<string?> Adapter() => new("--adapter") { Description = "A LoRA adapter for this model: a folder as PEFT writes it, or a GGUF adapter", HelpName = "PATH" };

    /// <summary>Says what an adapter's reader wants known.</summary>
    public static void Warn(LoadedAdapter? adapter) => Warn(adapter?.Notes ?? []);

    public static void Warn(IEnumerable<string> notes)
    {
        foreach (string note in notes) Console.Error.WriteLine($"poise: note: {Printable.Line(note)}");
    }

    public static Option<string?> Template() => new("--template") { Description = "A Jinja chat template in place of the model's own", HelpName = "FILE" };

    /// <summary>Source and name of a template file.</summary>
    public static (string Source, string Name)? ReadTemplate(string? path)
    {
        if (path is null) return null;
        if (!File.Exists(path)) throw new PoiseException($"{path}: no such file; expected a Jinja chat template");
        if (new FileInfo(path).Length > TemplateLimits.MaximumSource) throw new PoiseException($"{path}: too large for a chat template");
        return (File.ReadAllText(path), path);
    }

    public static Option<string?> Effort()
    {
        var option = new Option<string?>("--effort") { Description = "How much the model reasons before it answers", HelpName = "low|medium|high" };
        option.AcceptOnlyFromAmong([.. EffortNames.All]);
        return option;
    }

    public static ReasoningEffort? ParseEffort(string? text) => text switch
    {
        "low" => ReasoningEffort.Low,
        "medium" => ReasoningEffort.Medium,
        "high" => ReasoningEffort.High,
        _ => null,
    };

    public static Option<bool> RoundYarn() => new("--round-yarn")
    {
        Description = "Round the corners of YaRN as ggml does; only for comparisons with llama.cpp",
    };

    public static Option<ulong> Seed(string description, ulong usual = 0) => new("--seed")
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
                result.AddError($"--seed takes a whole number from 0 to {ulong.MaxValue}, not '{text}'.");
            return seed;
        },
    };

    /// <param name="standard">Null: the verb finds out itself what an absent option means.</param>
    public static Option<int> Whole(string name, string description, int? standard, int minimum, int maximum)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        if (standard is { } value) option.DefaultValueFactory = _ => value;
        option.Validators.Add(result => Check(result, name, minimum, maximum));
        return option;
    }

    /// <param name="standard">Null: the verb finds out itself what an absent option means.</param>
    public static Option<double> Number(string name, string description, double? standard, double minimum, double maximum)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            HelpName = "X",
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                // Written so that NaN fails as well.
                if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum)
                    return value;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {minimum} to {maximum}, not '{text}'."));
                return minimum;
            },
        };
        if (standard is { } number) option.DefaultValueFactory = _ => number;
        return option;
    }

    public static ActivationPrecision ParseActivations(string? text) =>
        text == "f32" ? ActivationPrecision.F32 : ActivationPrecision.Int8;

    public static WeightPlacement ParsePlacement(string? text) => text switch
    {
        "packed" => WeightPlacement.Packed,
        "streamed" => WeightPlacement.Streamed,
        "mapped" => WeightPlacement.Mapped,
        _ => WeightPlacement.Automatic,
    };

    static void Check(OptionResult result, string name, int minimum, int maximum)
    {
        if (result.Implicit || result.Tokens.Count != 1) return;
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum) return;
        result.AddError($"{name} takes a whole number from {minimum} to {maximum}, not '{text}'.");
    }
}
