namespace Poise.Core.Chat.Templates;

/// <summary><c>map</c>, <c>select</c>, <c>reject</c> and their kin: lazy, so that an element is looked at when it is taken.</summary>
static class Selection
{
    public static Value Map(Run run, Value value, Arguments arguments)
    {
        Func<Value, Value> change;
        if (arguments.Positional.Count == 0 && arguments.Named.FirstOrDefault(pair => pair.Key == "attribute").Value is { } attribute)
        {
            if (arguments.Named.FirstOrDefault(pair => pair.Key is not ("attribute" or "default")).Key is { } other)
                throw new TemplateException($"Unexpected keyword argument {PythonText.Quote(PythonText.Shorten(other))}");
            change = Attribute(run, attribute, arguments.Named.FirstOrDefault(pair => pair.Key == "default").Value);
        }
        else
        {
            if (arguments.Positional.Count == 0) throw new TemplateException("map requires a filter argument");
            string name = PythonText.Of(run, arguments.Positional[0]);
            var rest = new Arguments([.. arguments.Positional.Skip(1)], arguments.Named);
            change = item => Filters.Call(run, name, item, rest);
        }
        return Filters.Iterator(run, value.IsTrue ? Iteration.Items(value).Select(change) : []);
    }

    public static Value Select(Run run, Value value, Arguments arguments, bool wanted, bool byAttribute)
    {
        Func<Value, Value> look = static item => item;
        int at = 0;
        if (byAttribute)
        {
            if (arguments.Positional.Count == 0) throw new TemplateException("Missing parameter for attribute name");
            look = Attribute(run, arguments.Positional[at++], null);
        }
        Func<Value, bool> test = static item => item.IsTrue;
        if (arguments.Positional.Count > at)
        {
            string name = PythonText.Of(run, arguments.Positional[at++]);
            var rest = new Arguments([.. arguments.Positional.Skip(at)], arguments.Named);
            test = item => Tests.Call(run, name, item, rest).IsTrue;
        }
        return Filters.Iterator(run, value.IsTrue ? Iteration.Items(value).Where(item => test(look(item)) == wanted) : []);
    }

    /// <summary>What a path such as <c>function.name</c> or <c>0</c> leads to.</summary>
    public static Func<Value, Value> Attribute(Run run, Value? path, Value? otherwise)
    {
        if (path is null or NoneValue) return static item => item;
        Value[] steps = path is TextValue text ? [.. text.Text.Split('.').Select(Step)] : [path];
        return item =>
        {
            foreach (Value step in steps)
            {
                run.Charge(1);
                item = Members.Item(run, item, step);
                if (item is UndefinedValue && otherwise is not (null or NoneValue)) item = otherwise;
            }
            return item;
        };
    }

    static Value Step(string part) => part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? Value.Of(int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)) : Value.Of(part);
}
