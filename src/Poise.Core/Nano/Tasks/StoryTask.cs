using Poise.Core.Nano.Grading;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tasks;

/// <summary>Tiny stories about what was asked for.</summary>
sealed class StoryTask : NanoTask
{
    static readonly string[] s_parts = ["hero", "thing", "place"];

    public override string Kind => "stories";

    public override int Weight => 40;

    public override NanoSample Make(Draft draft)
    {
        foreach (string part in s_parts) draft.Bind(part, draft.Say(part));
        string question = draft.Ask("story.ask");
        string? thought = draft.ThinkAtHigh("think.story");
        string story;
        do story = draft.Say("story");
        while (draft.Bound["helper"] == draft.Bound["hero"]);
        string[] asked = [.. s_parts.Select(part => Inflection.Of(draft.Bound[part], "bare")).Where(noun => question.Contains(noun, StringComparison.Ordinal))];
        return new NanoSample(Kind, draft.Tongue, [User(question), Assistant(story, thought)], new StoryCheck(asked)) { Effort = draft.Effort };
    }
}
