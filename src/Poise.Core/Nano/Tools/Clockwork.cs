using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>Questions for the clock.</summary>
static class Clockwork
{
    static readonly string[] s_asked = ["time", "date", "weekday"];

    public static ToolUse AskTime(Draft draft)
    {
        string asked = draft.Random.Pick(s_asked);
        // The day of the conversation, which the model may have been told.
        string weekday = Days.Weekday(draft.Day, draft.Tongue), date = Days.Text(draft.Day, draft.Tongue);
        string time = new TimeOnly(draft.Random.Below(24), draft.Random.Below(60)).ToString("HH:mm", CultureInfo.InvariantCulture);
        draft.Bind("time", time);
        draft.Bind("date", date);
        draft.Bind("weekday", weekday);
        string result = ToolArguments.Write(writer =>
        {
            writer.WriteString("time", time);
            writer.WriteString("date", date);
            writer.WriteString("weekday", weekday);
        });
        string key = asked switch { "date" => date, "weekday" => weekday, _ => time };
        return new ToolUse(draft.Ask($"clock.{asked}.ask"), draft.Say("think.clock"), ToolSet.Clock(draft.Random), ToolSet.Clock, "{}", result, draft.Say($"clock.{asked}.result"), key);
    }
}
