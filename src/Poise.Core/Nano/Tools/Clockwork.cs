using System.Globalization;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>Questions for the clock, the timer and the weather.</summary>
static class Clockwork
{
    static readonly string[] s_asked = ["time", "city", "date", "weekday"];
    static readonly string[] s_englishDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    static readonly string[] s_frenchDays = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];
    static readonly string[] s_englishMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    static readonly string[] s_frenchMonths = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

    public static ToolUse AskTime(Draft draft)
    {
        string asked = draft.Random.Pick(s_asked);
        var moment = new DateTime(draft.Random.Between(2020, 2039), draft.Random.Between(1, 12), draft.Random.Between(1, 28), draft.Random.Below(24), draft.Random.Below(60), 0, DateTimeKind.Unspecified);
        string weekday = (draft.IsFrench ? s_frenchDays : s_englishDays)[(int)moment.DayOfWeek];
        string date = $"{Number(moment.Day)} {(draft.IsFrench ? s_frenchMonths : s_englishMonths)[moment.Month - 1]} {Number(moment.Year)}";
        string time = moment.ToString("HH:mm", CultureInfo.InvariantCulture);
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
