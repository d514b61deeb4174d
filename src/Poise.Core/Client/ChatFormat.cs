using System.Text;
using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Chat.Templates;
using Poise.Core.Library;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

/// <summary>How a model is spoken to, found in its files alone.</summary>
public static class ChatFormat
{
    /// <summary>The dialect of a model's vocabulary, with the template of its files for prompts.</summary>
    /// <param name="dialect">A dialect by name instead.</param>
    /// <param name="template">A Jinja template instead of that of the files: its source, and its name for messages.</param>
    public static IChatDialect Of(ModelPackage package, string? dialect = null, (string Source, string Name)? template = null)
    {
        Tokenizer tokenizer = package.Tokenizer;
        ChatTemplateSource? own = package.ChatTemplateSource;
        template ??= own is not null ? (own.Text, $"{package.Path}: chat template") : null;
        IPromptRenderer? renderer = template is { } found ? new TemplatePromptRenderer(found.Source, found.Name, tokenizer, own?.BosToken ?? Text(tokenizer, tokenizer.BosId), own?.EosToken) : null;
        return dialect is null ? Dialects.For(tokenizer, renderer) : Dialects.Find(dialect).Create(tokenizer, renderer);
    }

    /// <summary>Whether a model's files tell how to chat with it; others only continue texts.</summary>
    public static bool IsKnown(ModelPackage package) => package.ChatTemplate is not null || Dialects.For(package.Tokenizer, null) is HarmonyDialect;

    static string? Text(Tokenizer tokenizer, int? id) => id is { } token ? Encoding.UTF8.GetString(tokenizer.BytesOf(token)) : null;
}
