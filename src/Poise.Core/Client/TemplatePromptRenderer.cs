using Poise.Core.Chat;
using Poise.Core.Chat.Dialects;
using Poise.Core.Tokenizers;

namespace Poise.Core.Client;

sealed class TemplatePromptRenderer : IPromptRenderer
{
    public TemplatePromptRenderer(string source, Tokenizer tokenizer) => throw new NotImplementedException();
    public IReadOnlyList<int> Render(ChatRequest request) => throw new NotImplementedException();
}
