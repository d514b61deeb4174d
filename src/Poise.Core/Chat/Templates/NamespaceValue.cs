namespace Poise.Core.Chat.Templates;

/// <summary>The one thing that a template can change: what <c>namespace()</c> makes.</summary>
sealed class NamespaceValue : Value
{
    public DictValue Attributes { get; } = new();

    public override string TypeName => "Namespace";

    public void Set(string name, Value value)
    {
        if (name.StartsWith('_')) throw new TemplateException($"Chat templates cannot store underscore-prefixed attributes on a namespace: '{PythonText.Shorten(name)}'");
        Attributes.Set(name, value);
    }
}
