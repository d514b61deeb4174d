using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>Keys in; text and screen out.</summary>
public sealed class LineEditorTests
{
    [Theory]
    [InlineData("hello<Enter>", "hello")]
    [InlineData("hello<Left><Left>X<Enter>", "helXlo")]
    [InlineData("world<C-a>hello <C-e>!<Enter>", "hello world!")]
    [InlineData("world<Home>hello <End>!<Enter>", "hello world!")]
    [InlineData("one two three<C-w>3<Enter>", "one two 3")]
    [InlineData("one two-three<M-BS>3<Enter>", "one two-3")]
    [InlineData("one two<M-b><M-b><C-k>x<Enter>", "x")]
    [InlineData("one two<C-Left>X<C-Right>Y<Enter>", "one XtwoY")]
    [InlineData("one two<C-a><M-d>1<Enter>", "1 two")]
    [InlineData("one two<C-u>three<Enter>", "three")]
    [InlineData("one<C-u>two <C-y><Enter>", "two one")]
    [InlineData("abc<BS><BS>x<Enter>", "ax")]
    [InlineData("abc<C-a><Del>x<Enter>", "xbc")]
    [InlineData("abc<C-a><C-d><Enter>", "bc")]
    [InlineData("a<M-Enter>b<Enter>", "a\nb")]
    [InlineData("a<C-Enter>b<Enter>", "a\nb")]
    [InlineData("a<C-j>b<Enter>", "a\nb")]
    [InlineData("a\\<Enter>b<Enter>", "a\nb")]
    [InlineData("a\\\\<Enter>", "a\\\\")]
    [InlineData("a\\<Left><Enter>", "a\\")]
    [InlineData("abc<C-j>defg<Up>X<Enter>", "abcX\ndefg")]
    [InlineData("abcd<C-j>ef<Left><Up>X<Down>Y<Enter>", "aXbcd\nefY")]
    [InlineData("日本<C-j>abcd<Up>X<Enter>", "日本X\nabcd")]
    [InlineData("日本<C-j>abc<Up>X<Enter>", "日X本\nabc")]
    [InlineData("typo<C-c>good<Enter>", "good")]
    [InlineData("a<C-j>b<C-a><BS><Enter>", "ab")]
    [InlineData("a<C-j>b<Up><C-k><Enter>", "ab")]
    [InlineData("a<Esc>b<M-z>c<Enter>", "abc")]
    public async Task KeysEditTheText(string keys, string expected)
    {
        (EditOutcome outcome, string text) = await Edit(new ScriptedKeys(keys));
        Assert.Equal(EditOutcome.Submitted, outcome);
        Assert.Equal(expected, text);
    }

    [Theory]
    [InlineData("e\u0301")]
    [InlineData("👨\u200d👩\u200d👧")]
    [InlineData("👍🏽")]
    [InlineData("🇨🇭")]
    [InlineData("한")]
    public async Task ACharacterIsWhatPeopleCallOne(string character)
    {
        var keys = new ScriptedKeys("");
        keys.Paste($"a{character}b");
        keys.Add("<Left><Left>|<Right>|<BS><BS><Enter>");
        Assert.Equal("a|b", (await Edit(keys)).Text);
    }

    [Theory]
    [InlineData("<C-d>", "Closed")]
    [InlineData("<C-c><C-c>", "Closed")]
    [InlineData("x<C-c><C-c><C-c>", "Closed")]
    [InlineData("", "Closed")]
    [InlineData("<C-c>x<C-c><Enter>", "Submitted")]
    public async Task LeavingTakesTwo(string keys, string expected) => Assert.Equal(expected, (await Edit(new ScriptedKeys(keys))).Outcome.ToString());

    [Fact]
    public async Task ACancellableInputIsCancelledAtOnce()
    {
        var screen = new VirtualScreen(40, 10);
        var editor = new LineEditor(screen, new ScriptedKeys("<C-c>"), new History(null), null);
        Assert.Equal(EditOutcome.Cancelled, (await editor.ReadAsync("> ", "", true, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task APasteIsOneInput()
    {
        var keys = new ScriptedKeys("<<");
        keys.Paste("one\r\ntwo\rthree\n\tfour");
        keys.Add("><Enter>");
        var screen = new VirtualScreen(40, 10);
        Assert.Equal("<one\ntwo\nthree\n\tfour>", (await Edit(keys, screen)).Text);
        Assert.Equal("> <one\n  two\n  three\n      four>", screen.All);
    }

    [Fact]
    public async Task APasteCannotDriveTheTerminal()
    {
        var keys = new ScriptedKeys("");
        keys.Paste("a\e[2Jb\u202e\a");
        keys.Add("<Enter>");
        var screen = new VirtualScreen(40, 10);
        Assert.Equal("a\e[2Jb\u202e\a", (await Edit(keys, screen)).Text);
        Assert.Equal("> a\\u001b[2Jb\\u202e\\u0007", screen.All);
    }

    [Fact]
    public async Task TheHistoryIsWalkedAndTheDraftWaits()
    {
        var history = new History(null);
        foreach (string entry in (string[])["first", "second\nline", "second\nline", "", "third"]) history.Add(entry);
        Assert.Equal(["first", "second\nline", "third"], history.Entries);
        Assert.Equal("third", (await Edit(new ScriptedKeys("<Up><Enter>"), history: history)).Text);
        Assert.Equal("second\nline!", (await Edit(new ScriptedKeys("<Up><Up>!<Enter>"), history: history)).Text);
        // Inside an entry of two lines, up moves first.
        Assert.Equal("first", (await Edit(new ScriptedKeys("<Up><Up><Up><Up><Up><Up><Enter>"), history: history)).Text);
        Assert.Equal("draft.", (await Edit(new ScriptedKeys("draft<Up><Up><Down><Down>.<Enter>"), history: history)).Text);
    }

    [Theory]
    [InlineData("<C-r>se<Enter>", "second house")]
    [InlineData("<C-r>o<C-r><Enter>", "one")]
    [InlineData("<C-r>o<C-r><C-r><C-r><Enter>", "one")]
    [InlineData("draft<C-r>se<C-c>!<Enter>", "draft!")]
    [InlineData("draft<C-r>se<C-g>!<Enter>", "draft!")]
    [InlineData("<C-r>se<Esc>!<Enter>", "second house!")]
    [InlineData("<C-r>sx<BS>e<C-a>X<Enter>", "Xsecond house")]
    public async Task ReverseSearchFinds(string keys, string expected)
    {
        var history = new History(null);
        foreach (string entry in (string[])["one", "second house", "three"]) history.Add(entry);
        Assert.Equal(expected, (await Edit(new ScriptedKeys(keys), history: history)).Text);
    }

    [Fact]
    public async Task TabCompletes()
    {
        var completer = new Words("/system", "/save", "/stats", "/help");
        Assert.Equal("/help ", (await Edit(new ScriptedKeys("/h<Tab><Enter>"), completer: completer)).Text);
        Assert.Equal("/s", (await Edit(new ScriptedKeys("/<Tab>s<Tab><Enter>"), completer: completer)).Text);
        var screen = new VirtualScreen(40, 10);
        var seen = new List<string>();
        var keys = new ScriptedKeys("/s<Tab>t<Tab><Enter>") { BeforeKey = _ => seen.Add(screen.Visible) };
        Assert.Equal("/stats ", (await Edit(keys, screen, completer: completer)).Text);
        Assert.Contains("> /s\n/system  /save  /stats", seen);
        Assert.Equal("> /stats", screen.All);
    }

    [Fact]
    public async Task LongLinesWrapAndTheCursorFollows()
    {
        var screen = new VirtualScreen(10, 10);
        var cursors = new List<(int, int)>();
        var keys = new ScriptedKeys("abcdefg日hi<Left><Left><Left><Enter>") { BeforeKey = _ => cursors.Add(screen.Cursor) };
        Assert.Equal("abcdefg日hi", (await Edit(keys, screen)).Text);
        Assert.Equal("> abcdefg\n  日hi", screen.All);
        Assert.Equal((0, 9), cursors[7]);
        Assert.Equal((1, 4), cursors[8]);
        Assert.Equal((1, 6), cursors[10]);
        Assert.Equal((1, 2), cursors[13]);
    }

    [Fact]
    public async Task AnInputHigherThanTheScreenShowsTheCursorAndIsWholeAtTheEnd()
    {
        var screen = new VirtualScreen(20, 5);
        string text = string.Join('\n', Enumerable.Range(1, 12));
        var seen = new List<string>();
        var keys = new ScriptedKeys("") { BeforeKey = _ => seen.Add(screen.Visible) };
        keys.Paste(text);
        keys.Add("<Up><Up><Up><Up><Up><Up><Up><Up><Up><Up><Up>x<Enter>");
        Assert.Equal("1x" + text[1..], (await Edit(keys, screen)).Text);
        Assert.Equal("  8\n  9\n  10\n  11\n  12", seen[1]);
        Assert.Equal("> 1x\n" + string.Join('\n', Enumerable.Range(2, 11).Select(i => $"  {i}")), screen.All);
    }

    [Fact]
    public async Task TheScreenIsClearedAndTheTextStays()
    {
        var screen = new VirtualScreen(40, 10);
        screen.Write("old\r\n");
        Assert.Equal("text!", (await Edit(new ScriptedKeys("text<C-l>!<Enter>"), screen)).Text);
        Assert.Equal("> text!", screen.All);
    }

    [Fact]
    public async Task AChangeOfWidthRedraws()
    {
        var screen = new VirtualScreen(40, 10);
        int count = 0;
        var keys = new ScriptedKeys("some words here!<Enter>") { BeforeKey = _ => { if (++count == 12) screen.Resize(14, 10); } };
        Assert.Equal("some words here!", (await Edit(keys, screen)).Text);
        Assert.Equal("> some words\n  here!", screen.All);
    }

    static async Task<(EditOutcome Outcome, string Text)> Edit(
        ScriptedKeys keys, VirtualScreen? screen = null, History? history = null, ICompleter? completer = null)
    {
        var editor = new LineEditor(screen ?? new VirtualScreen(40, 10), keys, history ?? new History(null), completer);
        return await editor.ReadAsync("> ", "", false, TestContext.Current.CancellationToken);
    }

    sealed class Words(params string[] words) : ICompleter
    {
        public Completion? Complete(string text, int cursor) => new(0, [.. words.Where(w => w.StartsWith(text[..cursor], StringComparison.Ordinal))]);
    }
}
