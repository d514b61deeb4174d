using System.Globalization;

namespace Poise.Core.Chat.Templates;

/// <summary><c>strftime</c> with English names and glibc's codes and flags; codes that it does not know come out as they are.</summary>
static class ClockFormat
{
    public static string Apply(Run run, string format)
    {
        var text = new TextBuffer(run);
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }
            int start = at++;
            char flag = '\0';
            while (at < format.Length && format[at] is '-' or '_' or '0' or '^' or '#') flag = format[at++];
            int width = FormatSpecification.ReadNumber(format, ref at) ?? 0;
            // Modifiers for other calendars and digits, which English has not.
            if (at + 1 < format.Length && format[at] is 'E' or 'O') at++;
            string? field = at < format.Length ? Field(run.Now, format[at], flag) : null;
            if (field is null)
            {
                at = Math.Min(at, format.Length - 1);
                text.Append(format[start..(at + 1)]);
                continue;
            }
            if (flag == '^' || (flag == '#' && format[at] is 'a' or 'A' or 'b' or 'B' or 'h')) field = field.ToUpperInvariant();
            run.ChargeText(width);
            text.Append(field.PadLeft(width, flag == '_' || !char.IsAsciiDigit(field.FirstOrDefault()) ? ' ' : '0'));
        }
        return text.ToString();
    }

    static string? Field(DateTimeOffset now, char code, char flag)
    {
        string Number(int value, int digits, char pad = '0')
        {
            char fill = flag switch { '_' => ' ', '0' => '0', _ => pad };
            string number = value.ToString(CultureInfo.InvariantCulture);
            return flag == '-' ? number : number.PadLeft(digits, fill);
        }
        string Text(string pattern) => now.ToString(pattern, CultureInfo.InvariantCulture);
        int weekday = (int)now.DayOfWeek, hour = now.Hour % 12 == 0 ? 12 : now.Hour % 12;
        return code switch
        {
            'a' => Text("ddd"),
            'A' => Text("dddd"),
            'b' or 'h' => Text("MMM"),
            'B' => Text("MMMM"),
            'c' => Text("ddd MMM ") + Number(now.Day, 2, ' ') + Text(" HH:mm:ss yyyy"),
            'C' => Number(now.Year / 100, 2),
            'd' => Number(now.Day, 2),
            'D' or 'x' => Text("MM'/'dd'/'yy"),
            'e' => Number(now.Day, 2, ' '),
            'f' => (now.Ticks % TimeSpan.TicksPerSecond / 10).ToString("000000", CultureInfo.InvariantCulture),
            'F' => Text("yyyy-MM-dd"),
            'g' => Number(ISOWeek.GetYear(now.DateTime) % 100, 2),
            'G' => Number(ISOWeek.GetYear(now.DateTime), 4),
            'H' => Number(now.Hour, 2),
            'I' => Number(hour, 2),
            'j' => Number(now.DayOfYear, 3),
            'k' => Number(now.Hour, 2, ' '),
            'l' => Number(hour, 2, ' '),
            'm' => Number(now.Month, 2),
            'M' => Number(now.Minute, 2),
            'n' => "\n",
            'p' => flag == '#' ? Text("tt").ToLowerInvariant() : Text("tt"),
            'P' => Text("tt").ToLowerInvariant(),
            'r' => Number(hour, 2) + Text(":mm:ss tt"),
            'R' => Text("HH:mm"),
            's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Number(now.Second, 2),
            't' => "\t",
            'T' or 'X' => Text("HH:mm:ss"),
            'u' => Number(weekday == 0 ? 7 : weekday, 1),
            'U' => Number((now.DayOfYear + 6 - weekday) / 7, 2),
            'V' => Number(ISOWeek.GetWeekOfYear(now.DateTime), 2),
            'w' => Number(weekday, 1),
            'W' => Number((now.DayOfYear + 6 - (weekday + 6) % 7) / 7, 2),
            'y' => Number(now.Year % 100, 2),
            'Y' => Number(now.Year, 4),
            // transformers takes the local time without its zone, which Python prints as nothing.
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }
}
