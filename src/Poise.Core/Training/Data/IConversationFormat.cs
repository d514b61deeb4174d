using Poise.Tensors;

namespace Poise.Core.Training.Data;

/// <summary>How conversations become tokens, and which of these the model has to produce itself.</summary>
interface IConversationFormat
{
    /// <exception cref="PoiseException">The format cannot hold the conversation, or cannot tell the answers in it from the rest.</exception>
    TrainingSample Render(ConversationRecord conversation);
}
