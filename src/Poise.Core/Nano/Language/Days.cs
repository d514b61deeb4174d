using System.Globalization;

namespace Poise.Core.Nano.Language;

/// <summary>The days that conversations are held on, and their names.</summary>
static class Days
{
    static readonly string[] s_englishDays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    static readonly string[] s_frenchDays = ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"];
    static readonly string[] s_englishMonths = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    static readonly string[] s_frenchMonths = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];

    public static DateOnly First { get; } = new(2024, 1, 1);

    public static DateOnly Last { get; } = new(2035, 12, 31);

    /// <summary>Any of them, each as likely.</summary>
    public static DateOnly Draw(RandomStream random) => First.AddDays(random.Below(Last.DayNumber - First.DayNumber + 1));

    public static string Weekday(DateOnly day, Tongue tongue) => (tongue == Tongue.French ? s_frenchDays : s_englishDays)[(int)day.DayOfWeek];

    /// <summary>Day, month and year.</summary>
    public static string Text(DateOnly day, Tongue tongue)
    {
        string first = tongue == Tongue.French && day.Day == 1 ? "er" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{day.Day}{first} {(tongue == Tongue.French ? s_frenchMonths : s_englishMonths)[day.Month - 1]} {day.Year}");
    }
}
