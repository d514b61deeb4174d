using System.Text.Json;
using Poise.Core.Chat;
using Poise.Core.Nano.Language;

namespace Poise.Core.Nano.Tools;

/// <summary>The tools that conversations declare: always in other words and under other names, so that the declaration has to be read.</summary>
static class ToolSet
{
    static readonly string[] s_calculators = ["calculator", "calculate", "calc", "compute", "evaluate", "arithmetic", "math", "calculate_expression", "run_calculator", "formula"];
    static readonly string[] s_clocks = ["clock", "get_time", "current_time", "time", "now", "get_current_time", "time_of_day", "world_clock"];
    static readonly string[] s_timers = ["timer", "set_timer", "start_timer", "alarm", "remind"];
    static readonly string[] s_weathers = ["weather", "get_weather", "forecast", "current_weather", "weather_now"];

    static readonly JsonElement s_expression = Schema("""{"type":"object","properties":{"expression":{"type":"string"}},"required":["expression"]}""");
    static readonly JsonElement s_describedExpression = Schema("""{"type":"object","properties":{"expression":{"type":"string","description":"The expression, such as 2 + 3 * 4"}},"required":["expression"]}""");
    static readonly JsonElement s_city = Schema("""{"type":"object","properties":{"city":{"type":"string"}}}""");
    static readonly JsonElement s_describedCity = Schema("""{"type":"object","properties":{"city":{"type":"string","description":"Where; here, if there is none"}}}""");
    static readonly JsonElement s_requiredCity = Schema("""{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""");
    static readonly JsonElement s_minutes = Schema("""{"type":"object","properties":{"minutes":{"type":"number"}},"required":["minutes"]}""");

    public static ToolDefinition Calculator(RandomStream random) =>
        new(random.Pick(s_calculators), random.Pick(["Computes an arithmetic expression.", "Calculates.", "A calculator for + - * / and brackets.", "Evaluates a formula"]), random.Pick([s_expression, s_describedExpression]));

    public static ToolDefinition Clock(RandomStream random) =>
        new(random.Pick(s_clocks), random.Pick(["Tells date and time.", "The current date and time, here or in a city.", "What time it is", "Gives the time now."]), random.Pick([s_city, s_describedCity]));

    public static ToolDefinition Timer(RandomStream random) => new(random.Pick(s_timers), random.Pick(["Sets a timer.", "Rings after some minutes."]), s_minutes);

    public static ToolDefinition Weather(RandomStream random) => new(random.Pick(s_weathers), random.Pick(["Tells the weather of a city.", "The weather now."]), s_requiredCity);

    /// <summary>The tool that is needed among others, in any order.</summary>
    public static ToolDefinition[] Around(ToolDefinition needed, Func<RandomStream, ToolDefinition> kind, RandomStream random)
    {
        Func<RandomStream, ToolDefinition>[] all = [Calculator, Clock, Timer, Weather];
        IEnumerable<ToolDefinition> others = all.Where(other => other != kind).Where((_, i) => random.Chance(i == 0 ? 70 : 25)).Select(other => other(random));
        return random.Shuffle(others.Append(needed));
    }

    /// <summary>Some tools, with nothing to do for any of them.</summary>
    public static ToolDefinition[] Idle(RandomStream random) => Around(Calculator(random), Calculator, random);

    static JsonElement Schema(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
