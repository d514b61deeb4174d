namespace Poise.Core.Chat.Templates;

/// <summary>What a missing name, attribute or element gives: nothing when printed, an error when used.</summary>
sealed class UndefinedValue(string problem) : Value
{
    public override string TypeName => "Undefined";

    public override bool IsTrue => false;

    public TemplateException Error => new(problem);

    public static UndefinedValue Name(string name) => new($"'{name}' is undefined");

    public static UndefinedValue Member(Value of, Value member)
    {
        string type = of is NoneValue ? "None" : of.TypeName + " object";
        return new(member is TextValue text
            ? $"{PythonText.Quote(type)} has no attribute {PythonText.Quote(PythonText.Shorten(text.Text))}"
            : $"{type} has no element {(member is IntValue i ? i.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) : member.TypeName)}");
    }

    /// <summary>A member that exists in Python, but is out of reach of a template.</summary>
    public static UndefinedValue Unsafe(Value of, string member) => new($"access to attribute '{PythonText.Shorten(member)}' of '{of.TypeName}' object is unsafe.");
}
