using Microsoft.Extensions.AI;

namespace Poise.Cli.Chat;

/// <summary>Opens the model at a path.</summary>
delegate Task<IChatClient> ModelOpener(string path, CancellationToken cancellation);

/// <summary>What a command can see and change.</summary>
sealed class ChatContext(ChatSession session, IChatView view, ModelOpener openModel)
{
    public ChatSession Session => session;

    public Conversation Conversation => session.Conversation;

    public IChatView View => view;

    public ModelOpener OpenModel => openModel;

    /// <summary>Text for the editor, the next time that the person is asked.</summary>
    public string Draft { get; set; } = "";

    /// <summary>The model is to answer, as if the person had just spoken.</summary>
    public bool WantsAnswer { get; set; }

    public bool Leaves { get; set; }
}
