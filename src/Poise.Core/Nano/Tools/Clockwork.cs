using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>Questions for the clock, the timer and the weather.</summary>
static class Clockwork
{
    static readonly string[] s_asked = ["time", "city", "date", "weekday"];

    public static ToolUse AskTime(Draft draft)
    {
        string asked = draft.Random.Pick(s_asked);
        // The day of the conversation, which the model may have been told.
        string weekday = Days.Weekday(draft.Day, draft.Tongue), date = Days.Text(draft.Day, draft.Tongue);
        string time = new TimeOnly(draft.Random.Below(24), draft.Random.Below(60)).ToString("HH:mm", CultureInfo.InvariantCulture);
        draft.Bind("time", time);
        draft.Bind("date", date);
        draft.Bind("weekday", weekday);
        draft.Bind("city", draft.Say("town"));
        string result = draft.Random.Below(3) switch
        {
            0 => $"{weekday}, {date}, {time}",
            1 => $"{time}, {weekday} {date}",
            _ => ToolArguments.Write(writer =>
            {
                writer.WriteString("time", time);
                writer.WriteString("date", date);
                writer.WriteString("weekday", weekday);
            }),
        };
        string arguments = asked == "city" ? ToolArguments.Of("city", draft.Bound["city"]) : "{}";
        string key = asked switch { "date" => date, "weekday" => weekday, _ => time };
        return new ToolUse(draft.Ask($"clock.{asked}.ask"), draft.Say("think.clock"), ToolSet.Clock(draft.Random), ToolSet.Clock, arguments, result, draft.Say($"clock.{asked}.result"), key);
    }

    public static ToolUse SetTimer(Draft draft)
    {
        int minutes = draft.Number(2, 240);
        draft.Bind("a", minutes);
        return new ToolUse(draft.Ask("timer.ask"), draft.Say("think.timer"), ToolSet.Timer(draft.Random), ToolSet.Timer, ToolArguments.Of("minutes", minutes), draft.Random.Pick(["ok", "{\"set\":true}", "The timer runs."]), draft.Say("timer.result"), Number(minutes));
    }

    public static ToolUse AskWeather(Draft draft)
    {
        int degrees = draft.Random.Between(1, 35);
        draft.Bind("city", draft.Say("town"));
        draft.Bind("sky", draft.Say("weather.sky"));
        draft.Bind("degrees", degrees);
        string result = draft.Random.Chance(50) ? $"{draft.Bound["sky"]}, {Number(degrees)} degrees" : ToolArguments.Write(writer =>
        {
            writer.WriteString("sky", draft.Bound["sky"]);
            writer.WriteNumber("degrees", degrees);
        });
        return new ToolUse(draft.Ask("weather.ask"), draft.Say("think.weather"), ToolSet.Weather(draft.Random), ToolSet.Weather, ToolArguments.Of("city", draft.Bound["city"]), result, draft.Say("weather.result"), Number(degrees));
    }

    static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
