using Microsoft.Extensions.AI;
using Poise.Cli.Chat;
using Poise.Cli.Chat.Commands;
using Poise.Cli.Terminal;
using Poise.Tensors;
using Poise.Tests.Terminal;

namespace Poise.Tests.Chatting;

/// <summary>A whole conversation at a terminal in memory.</summary>
sealed class TerminalChat
{
    public TerminalChat(ScriptedChatClient client, string keys, int width = 60, int height = 200)
    {
        Screen = new VirtualScreen(width, height);
        Keys = new ChannelKeys();
        Keys.Add(keys);
        var view = new TerminalView(Screen, TimeProvider.System);
        Session = new ChatSession(new Conversation { Model = "fake" }, client, TimeProvider.System);
        Opens = (path, _) => Task.FromResult<IChatClient>(Others.GetValueOrDefault(path) ?? throw new PoiseException($"{path} does not exist"));
        Context = new ChatContext(Session, view, (path, token) => Opens(path, token));
        Loop = new ChatLoop(Context, new TerminalInput(Screen, Keys, History, new CommandCompleter(), view));
    }

    public VirtualScreen Screen { get; }

    public ChannelKeys Keys { get; }

    public History History { get; } = new(null);

    public ChatSession Session { get; }

    public ChatContext Context { get; }

    public ChatLoop Loop { get; }

    public ModelOpener Opens { get; set; }

    public Dictionary<string, ScriptedChatClient> Others { get; } = [];

    public Conversation Conversation => Session.Conversation;

    public async Task<string> RunAsync()
    {
        Keys.Add("<C-d>");
        await Loop.RunAsync(TestContext.Current.CancellationToken);
        return Screen.All;
    }
}
