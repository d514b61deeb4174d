namespace Poise.Core.Nano.Tasks;

/// <summary>Every task, one line each.</summary>
static class NanoTasks
{
    public static IReadOnlyList<NanoTask> All { get; } =
    [
        new TalkTask(),
        new PoiseTask(),
        new ToolTask(),
        new DocumentTask(),
        new StoryTask(),
        new ReasoningTask(),
        new RefusalTask(),
        new OutsideTask(),
        new CopyingTask(),
    ];
}
